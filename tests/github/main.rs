//! The GitHub edge against the stand-in: real HTTP, real faults. Never asks the real GitHub.

#![allow(clippy::unwrap_used, reason = "what a test prepares must be there")]

mod blocks;
mod evidence;
mod faults;
mod history;
mod issues;
mod reading;
mod recent;
mod wire;
mod writing;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gistry::error::Result;
use gistry::io::github::{Config, GitHub};
use gistry::model::name::{Name, Repository};
use gistry::model::progress::Progress;
use gistry_standin::{Repo, Standin};

/// A workflow's own token.
const JOB: &str = "ghs_job";
/// A person's token, for gists.
const PERSON: &str = "github_pat_maud";

/// Remembers what it was told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn start(&self, _: &str, _: Option<usize>) {}
    fn advance(&self, _: usize) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

/// A stand-in with a registry, and both tokens known.
fn registry() -> (Standin, Repo) {
    let standin = Standin::start();
    standin.token(JOB);
    standin.token(PERSON).fine_grained("maud", []);
    let repo = standin
        .repo("acme/registry")
        .file("README.md", "# Modules\n")
        .create();
    (standin, repo)
}

fn name<N: Name>(text: &str) -> N {
    N::parse(text).unwrap()
}

fn acme() -> Repository {
    name("acme/registry")
}

fn at(api_url: String, graphql_url: String, tokens: (&str, &str), budget: Duration) -> Result<GitHub> {
    let token = |token: &str| Some(token.to_owned());
    let config = Config {
        api_url,
        graphql_url,
        github_token: token(tokens.0),
        gist_token: token(tokens.1),
        budget,
    };
    Ok(GitHub::new(config, Arc::new(Notes::default()))?.with_deadline(Duration::from_millis(2000)))
}

/// With both tokens and ten seconds.
fn github(standin: &Standin) -> GitHub {
    github_as(standin, (JOB, PERSON), Duration::from_secs(10))
}

fn github_as(standin: &Standin, tokens: (&str, &str), budget: Duration) -> GitHub {
    at(standin.url(), standin.graphql_url(), tokens, budget).unwrap()
}

/// The lines of what was written, which must be all.
fn writes(standin: &Standin) -> Vec<String> {
    standin.take_writes().iter().map(|write| write.line()).collect()
}
