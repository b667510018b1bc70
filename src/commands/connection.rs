//! Where GitHub is and what opens it, from the command line and the environment. Never shows a token.

use std::time::Duration;

use crate::cli::Connection;
use crate::error::{Error, Result};
use crate::io::git::Source;
use crate::io::github::{Config, GitHub};
use crate::model::name::{Name, Repository};

use super::{Environment, World};

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
    /// The token for pushing to a protected branch.
    pub push_token: Option<String>,
    /// How long all waiting and repeating may take together.
    pub budget: Duration,
}

impl Addresses {
    /// GitHub's API at these addresses.
    ///
    /// # Errors
    /// Usage, where an address or a token cannot be used as one.
    pub fn github(&self, world: &World) -> Result<GitHub> {
        let config = Config {
            api_url: self.api.clone(),
            graphql_url: self.graphql.clone(),
            github_token: self.github_token.clone(),
            gist_token: self.gist_token.clone(),
            budget: self.budget,
        };
        GitHub::new(config, world.progress())
    }

    /// The registry's git repository, read with the registry's token.
    pub fn source(&self, repository: &Repository) -> Source {
        Source {
            url: format!("{}/{repository}.git", self.server),
            token: self.github_token.clone(),
        }
    }

    /// The same to push to: with `push-token`, where there is one.
    pub fn push_source(&self, repository: &Repository) -> Source {
        Source {
            token: self.push_token.clone().or(self.github_token.clone()),
            ..self.source(repository)
        }
    }
}

/// The registry that was typed, or the one whose job this is.
///
/// # Errors
/// Wrong usage: it is not said, or it is no `owner/name`.
pub fn repository(typed: Option<&str>, env: &Environment) -> Result<Repository> {
    let text = typed.or(env.first(&["GITHUB_REPOSITORY"]));
    let text = text.ok_or_else(|| Error::Usage("which registry? add --repo owner/name".into()))?;
    Repository::parse(text).map_err(|invalid| Error::Usage(format!("{text:?} is {invalid}")))
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
        push_token: env
            .first(&["GISTRY_PUSH_TOKEN"])
            .map(|text| text.trim().to_owned()),
        budget: Duration::from_secs(args.budget),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_belong_together() {
        let args = |api: Option<&str>| Connection {
            api_url: api.map(String::from),
            graphql_url: None,
            server_url: None,
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
}
