//! Repositories, branches, refs and commits as GitHub's JSON.

use serde_json::{Map, Value, json};

use super::{Shape, merge};
use crate::git::Signature;
use crate::git::diff::CommitHead;
use crate::repo_row::RepoRow;
use crate::state::iso;

/// A repository's addresses: field and path below it.
const ADDRESSES: [(&str, &str); 37] = [
    ("forks_url", "/forks"),
    ("keys_url", "/keys{/key_id}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("teams_url", "/teams"),
    ("hooks_url", "/hooks"),
    ("issue_events_url", "/issues/events{/number}"),
    ("events_url", "/events"),
    ("assignees_url", "/assignees{/user}"),
    ("branches_url", "/branches{/branch}"),
    ("tags_url", "/tags"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("trees_url", "/git/trees{/sha}"),
    ("statuses_url", "/statuses/{sha}"),
    ("languages_url", "/languages"),
    ("stargazers_url", "/stargazers"),
    ("contributors_url", "/contributors"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("commits_url", "/commits{/sha}"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("comments_url", "/comments{/number}"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("contents_url", "/contents/{+path}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("merges_url", "/merges"),
    ("archive_url", "/{archive_format}{/ref}"),
    ("downloads_url", "/downloads"),
    ("issues_url", "/issues{/number}"),
    ("pulls_url", "/pulls{/number}"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("labels_url", "/labels{/name}"),
    ("releases_url", "/releases{/id}"),
    ("deployments_url", "/deployments"),
    ("url", ""),
];

impl Shape<'_> {
    /// The REST address of a repository.
    pub fn repo_url(&self, repo: &RepoRow) -> String {
        format!("{}/repos/{}", self.url, self.state.full_name(repo))
    }

    /// The address of a repository for people.
    pub fn repo_html(&self, repo: &RepoRow) -> String {
        format!("{}/{}", self.url, self.state.full_name(repo))
    }

    /// `repository`.
    pub fn repo(&self, repo: &RepoRow) -> Value {
        let (api, html, full_name) = (
            self.repo_url(repo),
            self.repo_html(repo),
            self.state.full_name(repo),
        );
        let open = repo.issues.values().filter(|issue| issue.open).count();
        let forks = self
            .state
            .repos
            .values()
            .filter(|other| other.fork_of == Some(repo.id))
            .count();
        let host = self.url.trim_start_matches("http://");
        let head = json!({
            "id": repo.id, "node_id": format!("R_kgDO{:08x}", repo.id), "name": repo.name, "full_name": full_name,
            "private": false, "owner": self.user(repo.owner), "html_url": html, "description": null,
            "fork": repo.fork_of.is_some(),
        });
        let addresses: Map<String, Value> = ADDRESSES
            .iter()
            .map(|(field, path)| ((*field).to_owned(), json!(format!("{api}{path}"))))
            .collect();
        let rest = json!({
            "created_at": iso(repo.created_at), "updated_at": iso(repo.pushed_at), "pushed_at": iso(repo.pushed_at),
            "git_url": format!("git://{host}/{full_name}.git"), "ssh_url": format!("git@{host}:{full_name}.git"),
            "clone_url": format!("{html}.git"), "svn_url": html, "homepage": null, "size": 1,
            "stargazers_count": 0, "watchers_count": 0, "language": null, "has_issues": true, "has_projects": true,
            "has_downloads": true, "has_wiki": true, "has_pages": false, "has_discussions": false,
            "forks_count": forks, "mirror_url": null, "archived": false, "disabled": false,
            "open_issues_count": open, "license": null, "allow_forking": true, "is_template": false,
            "web_commit_signoff_required": false, "topics": [], "visibility": "public", "forks": forks,
            "open_issues": open, "watchers": 0, "default_branch": repo.default_branch,
        });
        merge(merge(head, addresses.into()), rest)
    }

    /// `full-repository`.
    pub fn full_repo(&self, repo: &RepoRow) -> Value {
        let full = merge(
            self.repo(repo),
            json!({"network_count": 0, "subscribers_count": 0}),
        );
        match repo.fork_of.and_then(|parent| self.state.repos.get(&parent)) {
            Some(parent) => merge(
                full,
                json!({"parent": self.repo(parent), "source": self.repo(parent)}),
            ),
            None => full,
        }
    }

    /// `commit`.
    pub fn commit(&self, repo: &RepoRow, commit: &CommitHead) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let git_user = |who: &Signature| json!({"name": who.name, "email": who.email, "date": iso(who.at)});
        let account = |who: &Signature| match self.state.account_by_login(&who.name) {
            Some(account) if account.email() == who.email => self.user(account.id),
            _ => Value::Null,
        };
        let parent = |sha: &String| json!({"sha": sha, "url": format!("{api}/commits/{sha}"), "html_url": format!("{html}/commit/{sha}")});
        let sha = &commit.sha;
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "commit": {
                "author": git_user(&commit.author),
                "committer": git_user(&commit.committer),
                "message": commit.message,
                "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
                "url": format!("{api}/git/commits/{sha}"),
                "comment_count": 0,
                "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null,
                    "verified_at": null},
            },
            "url": format!("{api}/commits/{sha}"),
            "html_url": format!("{html}/commit/{sha}"),
            "comments_url": format!("{api}/commits/{sha}/comments"),
            "author": account(&commit.author),
            "committer": account(&commit.committer),
            "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        })
    }

    /// `branch-with-protection`.
    pub fn branch(&self, repo: &RepoRow, name: &str, tip: &CommitHead) -> Value {
        let (api, html) = (self.repo_url(repo), self.repo_html(repo));
        let protected = repo.protected.contains_key(name);
        let level = if protected { "non_admins" } else { "off" };
        json!({
            "name": name,
            "commit": self.commit(repo, tip),
            "_links": {"self": format!("{api}/branches/{name}"), "html": format!("{html}/tree/{name}")},
            "protected": protected,
            "protection": {"enabled": protected,
                "required_status_checks": {"enforcement_level": level, "contexts": [], "checks": []}},
            "protection_url": format!("{api}/branches/{name}/protection"),
        })
    }

    /// `git-ref`.
    pub fn git_ref(&self, repo: &RepoRow, name: &str, sha: &str) -> Value {
        let api = self.repo_url(repo);
        json!({
            "ref": name, "node_id": format!("REF_{}_{name}", repo.id), "url": format!("{api}/git/{name}"),
            "object": {"sha": sha, "type": "commit", "url": format!("{api}/git/commits/{sha}")},
        })
    }
}
