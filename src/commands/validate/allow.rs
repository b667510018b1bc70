//! `/gistry allow RULE SHA REASON`: who said so, may they, and is it still the same head. Never decides which rule may be overridden.

use std::collections::BTreeMap;

use crate::io::github::{Comment, GitHub};
use crate::model::name::{CommitId, Login, Name, Repository};
use crate::rules::Allowance;

/// Shortest abbreviation of a commit that is taken, as git's own default.
const SHORTEST_SHA: usize = 7;

/// Most overrides that do not count and are told all the same.
const MOST_REFUSED: usize = 20;

/// One line of a comment that allows something.
#[derive(Debug, PartialEq, Eq)]
struct Command<'c> {
    rule: &'c str,
    sha: &'c str,
    reason: String,
}

/// The overrides in these comments, each with the reason why it does not count, where that is so.
pub async fn allowances(
    github: &GitHub,
    repository: &Repository,
    head: &CommitId,
    comments: &[Comment],
) -> Vec<Allowance> {
    let mut rights: BTreeMap<String, Result<bool, String>> = BTreeMap::new();
    let (mut allowances, mut told) = (Vec::new(), 0);
    for comment in comments {
        for Command { rule, sha, reason } in comment.body.lines().filter_map(command) {
            let by = comment
                .author
                .as_ref()
                .map_or("ghost", |author| &author.login)
                .to_owned();
            let refused = if let Some(why) = wrong_commit(sha, head) {
                Some(why)
            } else if reason.is_empty() {
                Some("it gives no reason".into())
            } else {
                if !rights.contains_key(&by) {
                    rights.insert(by.clone(), may_write(github, repository, &by).await);
                }
                match rights.get(&by) {
                    Some(Ok(true)) => None,
                    Some(Err(why)) => Some(why.clone()),
                    _ => Some(format!("{by} may not write to this registry")),
                }
            };
            // Anybody may comment, so what does not count is told up to a bound; what counts is never left out.
            if refused.is_some() {
                told += 1;
                if told > MOST_REFUSED {
                    continue;
                }
            }
            allowances.push(Allowance {
                rule: rule.to_owned(),
                by,
                reason,
                refused,
            });
        }
    }
    allowances
}

async fn may_write(github: &GitHub, repository: &Repository, login: &str) -> Result<bool, String> {
    if Login::parse(login).is_err() {
        return Ok(false);
    }
    match github.permission(repository, login).await {
        Ok(permission) => Ok(permission.can_write()),
        Err(error) => Err(format!(
            "whether {login} may write here could not be asked: {error}"
        )),
    }
}

fn command(line: &str) -> Option<Command<'_>> {
    let mut words = line.split_whitespace();
    if (words.next(), words.next()) != (Some("/gistry"), Some("allow")) {
        return None;
    }
    let (rule, sha) = (words.next()?, words.next().unwrap_or_default());
    Some(Command {
        rule,
        sha,
        reason: words.collect::<Vec<_>>().join(" "),
    })
}

fn wrong_commit(sha: &str, head: &CommitId) -> Option<String> {
    let sha = sha.to_ascii_lowercase();
    if sha.len() < SHORTEST_SHA || !sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some("it names no commit; write `/gistry allow RULE SHA REASON`".into());
    }
    (!head.as_str().starts_with(&sha))
        .then(|| format!("it was said of {sha}, and the head is another commit now"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let read = |line| command(line).map(|c| (c.rule.to_owned(), c.sha.to_owned(), c.reason));
        assert_eq!(
            read(" /gistry allow gist-size abcdef1  it is  fine"),
            Some(("gist-size".into(), "abcdef1".into(), "it is fine".into()))
        );
        assert_eq!(
            read("/gistry allow gist-size"),
            Some(("gist-size".into(), String::new(), String::new()))
        );
        assert_eq!(read("/gistry allow"), None);
        assert_eq!(read("> /gistry allow a b c"), None);
    }

    #[test]
    fn the_commit_must_be_the_head() {
        let head = CommitId::parse(&"ab".repeat(20)).unwrap();
        assert_eq!(wrong_commit("abababa", &head), None);
        assert_eq!(wrong_commit(&"AB".repeat(20), &head), None);
        assert!(wrong_commit("ababab", &head).is_some());
        assert!(wrong_commit("abababc", &head).unwrap().contains("another commit"));
        assert!(wrong_commit(&("ab".repeat(20) + "ab"), &head).is_some());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_comment_panics(body in "((/gistry|allow|check|[a-f0-9]{0,45}|\\PC{0,6}|[\\s\u{85}])[ \t]?){0,8}") {
            let head = CommitId::parse(&"ab".repeat(20)).unwrap();
            for Command { sha, .. } in body.lines().filter_map(command) {
                let _ = wrong_commit(sha, &head);
            }
            let _ = super::super::job::is_command(&body);
        }
    }
}
