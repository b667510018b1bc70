//! How to reach GitHub, for every command that does. Never reads the environment.

use clap::Args;

/// How to reach GitHub.
#[derive(Debug, Clone, Args)]
pub struct Connection {
    /// GitHub's REST address [default: GISTRY_API_URL, GITHUB_API_URL, api.github.com]
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// GitHub's GraphQL address [default: GISTRY_GRAPHQL_URL, or what belongs to the REST address]
    #[arg(long, value_name = "URL")]
    pub graphql_url: Option<String>,
    /// Where GitHub serves git [default: GISTRY_SERVER_URL, or what belongs to the REST address]
    #[arg(long, value_name = "URL")]
    pub server_url: Option<String>,
    /// How long all waiting and repeating of requests may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub budget: u64,
}
