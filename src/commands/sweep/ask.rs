//! Asks GitHub about gists and accounts, a few at once, and stops when there are no answers any more. Never decides what an answer means.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::task::JoinSet;

use crate::error::Result;
use crate::io::github::{GitHub, Sighted};
use crate::model::name::{GistId, Login};
use crate::model::owner::AccountId;
use crate::model::progress::Progress;
use crate::sweep::{Answer, Facts, GistOwner, State};

/// Questions that are under way at once; more trips GitHub's secondary limits.
const AT_ONCE: usize = 4;
/// After so many questions without an answer one after the other, no more are asked: it is not the gist's fault.
const ENOUGH: usize = 4;

/// What came of many questions.
pub struct Heard<Q, A> {
    /// The answers.
    pub answers: BTreeMap<Q, A>,
    /// Questions without one.
    pub unanswered: BTreeMap<Q, String>,
    /// Why asking was given up, where it was.
    pub stopped: Option<String>,
}

/// Asks for gists, those that are known only whether they changed.
pub async fn gists(
    github: &GitHub,
    gists: &[GistId],
    state: &State,
    progress: &dyn Progress,
) -> Heard<GistId, Answer> {
    progress.start("asking GitHub for gists", Some(gists.len()));
    let questions = gists.iter().map(|gist| {
        let etag = state.gists.get(gist).and_then(|known| known.etag.clone());
        let (github, id) = (github.clone(), gist.clone());
        (gist.clone(), async move {
            Ok(github.sight(&id, etag.as_deref()).await?.map(answer))
        })
    });
    volley(questions, progress).await
}

/// Asks for the logins that accounts have now; nothing for an account that is gone.
pub async fn accounts(
    github: &GitHub,
    ids: &[AccountId],
    progress: &dyn Progress,
) -> Heard<AccountId, Option<Login>> {
    progress.start("asking GitHub for accounts", Some(ids.len()));
    let questions = ids.iter().map(|&id| {
        let github = github.clone();
        (id, async move {
            Ok(Some(github.account_by_id(id).await?.map(|account| account.login)))
        })
    });
    volley(questions, progress).await
}

fn answer(sighted: Sighted) -> Answer {
    match sighted {
        Sighted::Gone => Answer::Gone,
        Sighted::Unchanged => Answer::Unchanged,
        Sighted::There { public, owner, etag } => {
            let owner = owner.map(|owner| GistOwner {
                id: owner.id,
                login: owner.login,
            });
            Answer::There(Facts { public, owner }, etag)
        }
    }
}

/// Asks question after question. `None` is a question that was not asked any more.
async fn volley<Q, A, F>(questions: impl Iterator<Item = (Q, F)>, progress: &dyn Progress) -> Heard<Q, A>
where
    Q: Ord + Clone + Send + 'static,
    A: Send + 'static,
    F: Future<Output = Result<Option<A>>> + Send + 'static,
{
    let mut heard = Heard {
        answers: BTreeMap::new(),
        unanswered: BTreeMap::new(),
        stopped: None,
    };
    let (mut questions, mut running) = (questions, JoinSet::new());
    let (mut in_a_row, mut spent) = (0, false);
    loop {
        while running.len() < AT_ONCE && in_a_row < ENOUGH && !spent {
            let Some((question, asked)) = questions.next() else {
                break;
            };
            running.spawn(async move { (question, asked.await) });
        }
        match running.join_next().await {
            None => return heard,
            Some(Ok((question, Ok(Some(answer))))) => {
                in_a_row = 0;
                progress.advance(1);
                heard.answers.insert(question, answer);
            }
            Some(Ok((_, Ok(None)))) => spent = true,
            Some(Ok((question, Err(error)))) => {
                in_a_row += 1;
                let why = error.to_string();
                if in_a_row >= ENOUGH {
                    heard.stopped.get_or_insert_with(|| why.clone());
                }
                heard.unanswered.insert(question, why);
            }
            Some(Err(error)) => tracing::error!(%error, "a question broke off"),
        }
    }
}
