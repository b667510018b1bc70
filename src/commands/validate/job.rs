//! What is to be judged, from the command line and the event. Of an event only the pull request's number is believed.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::{Connection, Validate};
use crate::commands::Environment;
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

/// Where GitHub is, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// REST.
    pub api: String,
    /// GraphQL.
    pub graphql: String,
    /// git and pages.
    pub server: String,
    /// The registry's token.
    pub github_token: Option<String>,
    /// The token for gists.
    pub gist_token: Option<String>,
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
    let repository = || {
        let text = args.repo.as_deref().or(env.first(&["GITHUB_REPOSITORY"]));
        let text = text.ok_or_else(|| Error::Usage("which registry? add --repo owner/name".into()))?;
        Repository::parse(text).map_err(|invalid| Error::Usage(format!("{text:?} is {invalid}")))
    };
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

/// Where GitHub is: what was typed, then gistry's own variables, then those of GitHub Actions, then github.com.
pub fn addresses(args: &Connection, env: &Environment) -> Addresses {
    let own_api = args.api_url.as_deref().or(env.first(&["GISTRY_API_URL"]));
    let api = own_api
        .or(env.first(&["GITHUB_API_URL"]))
        .unwrap_or("https://api.github.com");
    let api = api.trim_end_matches('/').to_owned();
    let own_graphql = args.graphql_url.as_deref().or(env.first(&["GISTRY_GRAPHQL_URL"]));
    let own_server = args.server_url.as_deref().or(env.first(&["GISTRY_SERVER_URL"]));
    // A variable of GitHub Actions counts only where the REST address is that of GitHub Actions, too: they belong together.
    let actions = |name| {
        if own_api.is_none() {
            env.first(&[name])
        } else {
            None
        }
    };
    let graphql = own_graphql
        .or(actions("GITHUB_GRAPHQL_URL"))
        .map(String::from)
        .unwrap_or_else(|| graphql_of(&api));
    let server = own_server
        .or(actions("GITHUB_SERVER_URL"))
        .map(String::from)
        .unwrap_or_else(|| server_of(&api));
    Addresses {
        graphql: graphql.trim_end_matches('/').to_owned(),
        server: server.trim_end_matches('/').to_owned(),
        github_token: env
            .first(&["GISTRY_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"])
            .map(|text| text.trim().to_owned()),
        gist_token: env
            .first(&["GISTRY_GIST_TOKEN"])
            .map(|text| text.trim().to_owned()),
        api,
    }
}

fn graphql_of(api: &str) -> String {
    match api.strip_suffix("/api/v3") {
        Some(host) => format!("{host}/api/graphql"),
        None => format!("{api}/graphql"),
    }
}

fn server_of(api: &str) -> String {
    if api == "https://api.github.com" {
        return "https://github.com".into();
    }
    api.strip_suffix("/api/v3").unwrap_or(api).into()
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

    #[test]
    fn addresses_belong_together() {
        let args = |api: Option<&str>| Connection {
            api_url: api.map(String::from),
            graphql_url: None,
            server_url: None,
            wait: 0,
            budget: 1,
        };
        let env = |pairs: &[(&str, &str)]| {
            Environment(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect())
        };
        let plain = addresses(&args(None), &env(&[]));
        assert_eq!(
            (plain.graphql.as_str(), plain.server.as_str()),
            ("https://api.github.com/graphql", "https://github.com")
        );
        let enterprise = addresses(
            &args(Some("https://ghe.acme.org/api/v3/")),
            &env(&[("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql")]),
        );
        assert_eq!(
            (enterprise.graphql.as_str(), enterprise.server.as_str()),
            ("https://ghe.acme.org/api/graphql", "https://ghe.acme.org")
        );
        let actions = addresses(
            &args(None),
            &env(&[
                ("GITHUB_API_URL", "http://h:1"),
                ("GITHUB_GRAPHQL_URL", "http://h:2/g"),
                ("GITHUB_SERVER_URL", "http://h:3"),
                ("GITHUB_TOKEN", "t\n"),
            ]),
        );
        assert_eq!(
            (
                actions.graphql.as_str(),
                actions.server.as_str(),
                actions.github_token.as_deref()
            ),
            ("http://h:2/g", "http://h:3", Some("t"))
        );
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
