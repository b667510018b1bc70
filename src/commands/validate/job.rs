//! What is to be judged, from the command line and the event. Of an event only the pull request's number is believed.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::Validate;
use crate::commands::{Environment, connection};
use crate::error::{Error, Result};
use crate::model::name::{Login, Name, Repository};

/// What is to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// One pull request.
    Pull {
        /// The registry.
        repository: Repository,
        /// The pull request's number.
        number: u64,
        /// Whether anything may be written: not in a run whose workflow the author controls.
        speaks: bool,
    },
    /// Every open pull request that has no verdict yet.
    Undecided {
        /// The registry.
        repository: Repository,
    },
    /// A working tree against a commit.
    WorkingTree {
        /// The commit.
        base: String,
        /// Who will open the pull request.
        author: Option<Login>,
    },
    /// The whole tree.
    Tree,
    /// The event asks for nothing: why.
    Nothing(String),
}

/// Resolves what was typed and what the event says. `event` is the text of the event's file, where there is one.
///
/// # Errors
/// Wrong usage: nothing says what is to be judged, or it says it wrongly.
pub fn resolve(args: &Validate, env: &Environment, event: Option<&str>) -> Result<Job> {
    if args.all {
        return Ok(Job::Tree);
    }
    if let Some(base) = &args.base {
        let author = args.author.as_deref().map(Login::parse).transpose();
        let author = author.map_err(|invalid| Error::Usage(format!("--as: {invalid}")))?;
        return Ok(Job::WorkingTree {
            base: base.clone(),
            author,
        });
    }
    let repository = || connection::repository(args.repo.as_deref(), env);
    if let Some(number) = args.pull {
        return Ok(Job::Pull {
            repository: repository()?,
            number,
            speaks: !args.dry_run,
        });
    }
    let Some(name) = env.first(&["GITHUB_EVENT_NAME"]).filter(|_| env.is_actions()) else {
        let help = "what is to be judged? One of\n  gistry validate --pull N --repo owner/name   a pull request\n  \
                    gistry validate --base REV                     your changes, before you push\n  \
                    gistry validate --all                          the whole registry";
        return Err(Error::Usage(help.into()));
    };
    let event = event.map(serde_json::from_str::<Value>).transpose();
    let event = event
        .map_err(|error| Error::Usage(format!("GITHUB_EVENT_PATH is no JSON: {error}")))?
        .unwrap_or_default();
    from_event(name, &event, repository()?, !args.dry_run)
}

fn from_event(name: &str, event: &Value, repository: Repository, speaks: bool) -> Result<Job> {
    let number = |pointer: &str| {
        let missing = || Error::Usage(format!("the event {name} names no pull request at {pointer}"));
        event
            .pointer(pointer)
            .and_then(Value::as_u64)
            .filter(|&number| number > 0)
            .ok_or_else(missing)
    };
    match name {
        "pull_request_target" => Ok(Job::Pull {
            number: number("/pull_request/number")?,
            repository,
            speaks,
        }),
        "pull_request" => Ok(Job::Pull {
            number: number("/pull_request/number")?,
            repository,
            speaks: false,
        }),
        "issue_comment" => {
            let body = event
                .pointer("/comment/body")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if event.pointer("/issue/pull_request").is_none() {
                return Ok(Job::Nothing("this comment is not on a pull request".into()));
            }
            if !is_command(body) {
                return Ok(Job::Nothing(
                    "this comment says neither `/gistry check` nor `/gistry allow`".into(),
                ));
            }
            Ok(Job::Pull {
                number: number("/issue/number")?,
                repository,
                speaks,
            })
        }
        "workflow_dispatch" => {
            let text = event
                .pointer("/inputs/number")
                .map(|value| value.as_str().map_or(value.to_string(), String::from));
            match text.as_deref().map(str::trim) {
                None | Some("" | "null") => Ok(Job::Undecided { repository }),
                Some(text) => {
                    let wrong = || {
                        Error::Usage(format!(
                            "the input `number` is {text:?}, not a pull request's number"
                        ))
                    };
                    let number = text.parse().ok().filter(|&number| number > 0).ok_or_else(wrong)?;
                    Ok(Job::Pull {
                        repository,
                        number,
                        speaks,
                    })
                }
            }
        }
        "schedule" => Ok(Job::Undecided { repository }),
        other => Err(Error::Usage(format!(
            "the event {other} says nothing about a pull request; use pull_request_target, issue_comment, \
             workflow_dispatch or schedule, or name one with --pull"
        ))),
    }
}

/// Whether a comment speaks to gistry.
pub fn is_command(body: &str) -> bool {
    body.lines().map(str::trim).any(|line| {
        line.strip_prefix("/gistry").is_some_and(|rest| {
            let word = rest.split_whitespace().next();
            rest.starts_with(char::is_whitespace) && matches!(word, Some("check" | "allow"))
        })
    })
}

/// The file of the event, where there is one.
pub fn event_path(env: &Environment) -> Option<PathBuf> {
    env.first(&["GITHUB_EVENT_PATH"]).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, json: &str) -> Result<Job> {
        let repository = Repository::parse("acme/registry").unwrap();
        from_event(name, &serde_json::from_str(json).unwrap(), repository, true)
    }

    fn number(job: Result<Job>) -> Option<(u64, bool)> {
        if let Ok(Job::Pull { number, speaks, .. }) = job {
            Some((number, speaks))
        } else {
            None
        }
    }

    #[test]
    fn events_name_their_pull_request() {
        assert_eq!(
            number(event("pull_request_target", r#"{"pull_request": {"number": 7}}"#)),
            Some((7, true))
        );
        assert_eq!(
            number(event("pull_request", r#"{"pull_request": {"number": 7}}"#)),
            Some((7, false))
        );
        assert_eq!(
            number(event("workflow_dispatch", r#"{"inputs": {"number": " 7 "}}"#)),
            Some((7, true))
        );
        assert!(matches!(
            event("workflow_dispatch", r#"{"inputs": {"number": "$(id)"}}"#),
            Err(Error::Usage(_))
        ));
        assert!(matches!(
            event("workflow_dispatch", r#"{"inputs": null}"#),
            Ok(Job::Undecided { .. })
        ));
        assert!(matches!(
            event("schedule", r#"{"schedule": "0 * * * *"}"#),
            Ok(Job::Undecided { .. })
        ));
        assert!(matches!(
            event("pull_request_target", r#"{"pull_request": {"number": "7"}}"#),
            Err(Error::Usage(_))
        ));
        assert!(event("push", "{}").is_err());
    }

    #[test]
    fn comments_are_filtered() {
        let comment = |body: &str| {
            event(
                "issue_comment",
                &serde_json::json!({"issue": {"number": 3, "pull_request": {}}, "comment": {"body": body}})
                    .to_string(),
            )
        };
        assert_eq!(number(comment("/gistry check")), Some((3, true)));
        assert_eq!(
            number(comment("please\r\n /gistry allow gist-size abc fine\r\n")),
            Some((3, true))
        );
        for other in [
            "gistry check",
            "/gistrycheck",
            "/gistry",
            "/gistry dance",
            "",
            "> /gistry check",
        ] {
            assert!(matches!(comment(other), Ok(Job::Nothing(_))), "{other}");
        }
        assert!(matches!(
            event(
                "issue_comment",
                r#"{"issue": {"number": 3}, "comment": {"body": "/gistry check"}}"#
            ),
            Ok(Job::Nothing(_))
        ));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 10_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_event_panics_and_none_names_the_number_zero(
            name in "(pull_request(_target)?|issue_comment|workflow_dispatch|schedule|[a-z_]{0,9})",
            text in r#"\{("(issue|pull_request|comment|inputs|number|body)": ?([-0-9.e]{1,25}|null|"[-0-9a-z/ ]{0,9}"|\{"(number|body|pull_request)": ?("[-0-9/a-z]{0,9}"|[-0-9]{1,22}|null)\}),?){0,3}\}"#,
        ) {
            if let Ok(json) = serde_json::from_str(&text.replace(",}", "}")) {
                let repository = Repository::parse("acme/registry").unwrap();
                if let Ok(Job::Pull { number, .. }) = from_event(&name, &json, repository, true) {
                    proptest::prop_assert!(number > 0);
                }
            }
        }
    }
}
