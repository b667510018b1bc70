//! The REST API's routes. Each handler reads or changes the state and shapes one answer; whether the request may be
//! made at all was decided before.

mod access;
mod checks;
mod comments;
mod commits;
mod contents;
mod contribute;
mod gists;
mod issues;
mod labels;
mod merge;
mod paging;
mod pulls;
mod repos;
mod users;

use serde_json::Value;

use crate::exchange::{Answer, Reply, Request};
use crate::gate::Who;
use crate::repo_row::RepoRow;
use crate::shape::Shape;
use crate::state::{Shared, State};

pub(crate) use gists::raw;

/// What a handler works with.
pub(crate) struct Context<'a> {
    pub state: &'a mut State,
    pub shared: &'a Shared,
    pub request: &'a Request,
    pub who: &'a Who,
    /// The repository that the path names; 0 where it names none.
    pub repo: u64,
}

impl Context<'_> {
    pub fn shape(&self) -> Shape<'_> {
        Shape {
            state: self.state,
            url: self.shared.url(),
        }
    }

    pub fn row(&self) -> &RepoRow {
        &self.state.repos[&self.repo]
    }

    pub fn row_mut(&mut self) -> &mut RepoRow {
        self.state
            .repos
            .get_mut(&self.repo)
            .expect("the repository that the path names")
    }

    /// The account that writes.
    pub fn actor(&self) -> Result<u64, Answer> {
        self.who
            .account()
            .ok_or_else(|| Answer::error(401, "Requires authentication"))
    }
}

/// Answers a request below the API's root.
pub(crate) fn handle(
    state: &mut State,
    shared: &Shared,
    request: &Request,
    who: &Who,
    parts: &[&str],
) -> Reply {
    let mut context = Context {
        state,
        shared,
        request,
        who,
        repo: 0,
    };
    let context = &mut context;
    match (request.method.as_str(), parts) {
        (_, ["repos", owner, name, below @ ..]) => {
            context.repo = context
                .state
                .repo_by_name(owner, name)
                .ok_or_else(Answer::not_found)?;
            in_repo(context, below)
        }
        // The form that GitHub's own `link` headers use.
        (_, ["repositories", id, below @ ..]) => {
            let id = id.parse().ok().filter(|id| context.state.repos.contains_key(id));
            context.repo = id.ok_or_else(Answer::not_found)?;
            in_repo(context, below)
        }
        ("GET", ["gists", id]) => gists::get(context, id),
        ("GET", ["gists", id, sha]) => gists::get_revision(context, id, sha),
        ("POST", ["gists"]) => gists::create(context),
        ("PATCH", ["gists", id]) => gists::update(context, id),
        ("GET", ["users", login]) => users::by_login(context, login),
        ("GET", ["user", id]) => users::by_id(context, id),
        ("GET", ["user"]) => users::me(context),
        ("GET", ["rate_limit"]) => users::rate_limit(context),
        _ => Err(Answer::not_found()),
    }
}

fn in_repo(context: &mut Context, below: &[&str]) -> Reply {
    match (context.request.method.as_str(), below) {
        ("GET", []) => repos::get(context),
        ("POST", ["forks"]) => repos::fork(context),
        ("GET", ["branches", branch @ ..]) if !branch.is_empty() => repos::branch(context, &branch.join("/")),
        ("GET", ["git", "ref", name @ ..]) if !name.is_empty() => repos::git_ref(context, &name.join("/")),
        ("POST", ["git", "refs"]) => contribute::create_ref(context),
        ("PUT", ["contents", path @ ..]) if !path.is_empty() => {
            contribute::put_file(context, &path.join("/"))
        }
        ("POST", ["pulls"]) => contribute::open(context),
        ("GET", ["git", "blobs", sha]) => contents::blob(context, sha),
        ("GET", ["contents", path @ ..]) if !path.is_empty() => contents::get(context, &path.join("/")),
        ("GET", ["collaborators", login, "permission"]) => repos::permission(context, login),
        ("GET", ["commits"]) => commits::list(context),
        ("GET", ["commits", sha, "pulls"]) => pulls::of_commit(context, sha),
        ("GET", ["commits", name @ .., "check-runs"]) => checks::list(context, &name.join("/")),
        ("GET", ["pulls"]) => pulls::list(context),
        ("GET", ["pulls", number]) => pulls::get(context, parse_number(number)?),
        ("GET", ["pulls", number, "files"]) => pulls::files(context, parse_number(number)?),
        ("GET", ["pulls", number, "commits"]) => pulls::commits(context, parse_number(number)?),
        ("GET", ["pulls", number, "reviews"]) => pulls::reviews(context, parse_number(number)?),
        ("PUT", ["pulls", number, "merge"]) => merge::merge(context, parse_number(number)?),
        ("GET", ["issues"]) => issues::list(context),
        ("POST", ["issues"]) => issues::create(context),
        ("GET", ["issues", number]) => issues::get(context, parse_number(number)?),
        ("PATCH", ["issues", number]) => issues::update(context, parse_number(number)?),
        ("GET", ["issues", number, "comments"]) => comments::list(context, parse_number(number)?),
        ("POST", ["issues", number, "comments"]) => comments::create(context, parse_number(number)?),
        ("GET", ["issues", number, "events"]) => issues::events(context, parse_number(number)?),
        ("GET", ["issues", "comments", id]) => comments::get(context, parse_number(id)?),
        ("PATCH", ["issues", "comments", id]) => comments::update(context, parse_number(id)?),
        ("DELETE", ["issues", "comments", id]) => comments::delete(context, parse_number(id)?),
        ("GET", ["issues", number, "labels"]) => labels::list(context, parse_number(number)?),
        ("POST", ["issues", number, "labels"]) => labels::add(context, parse_number(number)?),
        ("PUT", ["issues", number, "labels"]) => labels::set(context, parse_number(number)?),
        ("DELETE", ["issues", number, "labels", name]) => {
            labels::remove(context, parse_number(number)?, name)
        }
        ("POST", ["check-runs"]) => checks::create(context),
        ("GET", ["check-runs", id]) => checks::get(context, parse_number(id)?),
        ("PATCH", ["check-runs", id]) => checks::update(context, parse_number(id)?),
        ("GET", ["check-runs", id, "annotations"]) => checks::annotations(context, parse_number(id)?),
        _ => Err(Answer::not_found()),
    }
}

fn parse_number(text: &str) -> Result<u64, Answer> {
    text.parse().map_err(|_| Answer::not_found())
}

/// A text of a request body; `None` where it is absent or null.
fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body[key].as_str()
}
