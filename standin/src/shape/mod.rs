//! GitHub's JSON objects, made from what the stand-in remembers. Never changes state, never decides who may see what.

mod check;
mod gist;
mod issue;
mod pull;
mod repo;

use serde_json::{Map, Value, json};

use crate::account::{Account, AccountKind};
use crate::state::{State, iso};

/// Makes JSON objects whose addresses begin with `url`.
pub(crate) struct Shape<'a> {
    pub state: &'a State,
    pub url: &'a str,
}

/// The login of an account; empty for nobody.
pub(crate) fn login(state: &State, account: Option<u64>) -> String {
    account.map_or(String::new(), |id| state.account_or_ghost(id).login.clone())
}

/// Puts the fields of `more` behind those of `object`.
pub(crate) fn merge(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

impl Shape<'_> {
    /// `simple-user`.
    pub fn user(&self, id: u64) -> Value {
        self.account(self.state.account_or_ghost(id))
    }

    fn account(&self, account: &Account) -> Value {
        let name = account.login.replace('[', "%5B").replace(']', "%5D");
        let api = format!("{}/users/{name}", self.url);
        let html = match account.kind {
            AccountKind::Bot => format!("{}/apps/{}", self.url, account.login.trim_end_matches("[bot]")),
            _ => format!("{}/{name}", self.url),
        };
        json!({
            "login": account.login,
            "id": account.id,
            "node_id": account.node_id,
            "avatar_url": format!("{}/avatars/u/{}?v=4", self.url, account.id),
            "gravatar_id": "",
            "url": api,
            "html_url": html,
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": account.kind.name(),
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    /// `public-user`.
    pub fn public_user(&self, account: &Account) -> Value {
        let gists = self
            .state
            .gists
            .values()
            .filter(|gist| gist.owner == Some(account.id) && gist.public);
        let repos = self.state.repos.values().filter(|repo| repo.owner == account.id);
        let more = json!({
            "name": account.name, "company": null, "blog": "", "location": null, "email": null, "hireable": null,
            "bio": null, "twitter_username": null, "public_repos": repos.count(), "public_gists": gists.count(),
            "followers": 0, "following": 0, "created_at": iso(account.created_at),
            "updated_at": iso(account.created_at),
        });
        merge(self.account(account), more)
    }

    /// `integration`: the App behind every check run here.
    pub fn actions_app(&self) -> Value {
        json!({
            "id": 15368, "client_id": "Iv1.05c79e9ad1f6bdfa", "slug": "github-actions",
            "node_id": "MDM6QXBwMTUzNjg=", "owner": self.account(&github()), "name": "GitHub Actions",
            "description": "Automate your workflow from idea to production",
            "external_url": "https://help.github.com/en/actions", "html_url": format!("{}/apps/github-actions", self.url),
            "created_at": "2018-07-30T09:30:17Z", "updated_at": "2025-03-07T16:35:00Z",
            "permissions": {"checks": "write", "contents": "write", "issues": "write", "metadata": "read",
                "pull_requests": "write"},
            "events": ["check_run", "issues", "pull_request", "push"],
        })
    }

    /// `reaction-rollup`: nobody reacts here.
    pub fn no_reactions(&self, of: &str) -> Value {
        let url = format!("{of}/reactions");
        let mut rollup = Map::from_iter([
            ("url".to_owned(), json!(url)),
            ("total_count".to_owned(), json!(0)),
        ]);
        let kinds = [
            "+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes",
        ];
        rollup.extend(kinds.map(|kind| (kind.to_owned(), json!(0))));
        rollup.into()
    }
}

fn github() -> Account {
    Account::new(9919, "github", AccountKind::Organization, 0)
}
