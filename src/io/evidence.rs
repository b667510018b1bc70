//! Answers the questions of the rules: the base's tree for what it knows, GitHub and the package index for the rest. Never takes a failure for an answer.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::github::GitHub;
use super::pypi::PackageIndex;
use crate::error::Result;
use crate::model::artifact::Project;
use crate::model::evidence::{Answer, Ask, Evidence, Fact, Unavailable};
use crate::model::name::{GistId, Login, PackageName, Repository};
use crate::model::progress::Progress;
use crate::model::version::Version;

/// Questions to GitHub that are under way at once; more trips its secondary limits.
const AT_ONCE: usize = 4;
/// From how many gists on one query for all is better than a request for each, which says more (digest, revision).
const BLOCK_FROM: usize = 10;

/// Where answers come from.
pub struct Rooms<'a> {
    /// Absent without a network.
    pub github: Option<&'a GitHub>,
    /// The registry on GitHub, where it has a place there.
    pub repository: Option<&'a Repository>,
    /// The base's tree.
    pub registry: &'a dyn Fn(&Ask) -> Answer,
    /// The package index; absent where no package can be in question.
    pub packages: Option<&'a PackageIndex>,
    /// What is said of questions to GitHub where there is none.
    pub offline: Unavailable,
}

/// What is asked of GitHub in one go.
enum Errand {
    One(Ask),
    /// Many gists with one query.
    Gists(Vec<GistId>),
    /// All questions about open pull requests, answered by one list of them. GitHub's list of a commit's pull requests
    /// leaves out those from forks, and its list of an author's takes another request.
    Pulls(Repository, Vec<Ask>),
    /// The reviews of one pull request.
    Reviews(Repository, u64),
    /// How many DNA files an account brought lately, in others than this pull request.
    DnaFiles(Repository, Login, u64),
    /// What the package index lists.
    Release(Box<PackageIndex>, PackageName, String),
}

/// Answers every question, each at most once.
pub async fn gather(rooms: Rooms<'_>, asks: BTreeSet<Ask>, progress: &dyn Progress) -> Evidence {
    let (network, local): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(Ask::needs_network);
    let mut evidence: BTreeMap<Ask, Answer> = local
        .into_iter()
        .map(|ask| ((rooms.registry)(&ask), ask))
        .map(|(answer, ask)| (ask, answer))
        .collect();
    let Some(github) = rooms.github else {
        return Evidence::from(evidence).closed(rooms.offline);
    };
    // What an errand that breaks off leaves behind.
    let broken = |ask: &Ask| (ask.clone(), failed("asking GitHub broke off; please report it"));
    evidence.extend(network.iter().map(broken));
    if !network.is_empty() {
        progress.start("asking GitHub", Some(network.len()));
    }
    let (packages, network): (Vec<Ask>, Vec<Ask>) = network
        .into_iter()
        .partition(|ask| matches!(ask, Ask::Release(..)));
    let (mut errands, unanswerable) = plan(github, rooms.repository, network);
    let unlisted = |ask: &Ask| (ask.clone(), failed("the package index was not asked"));
    evidence.extend(packages.iter().map(unlisted));
    errands.extend(rooms.packages.into_iter().flat_map(|index| {
        let errand = |ask: &Ask| match ask {
            Ask::Release(name, version) => Some(Errand::Release(
                Box::new(index.clone()),
                name.clone(),
                version.clone(),
            )),
            _ => None,
        };
        packages.iter().filter_map(errand).collect::<Vec<_>>()
    }));
    progress.advance(unanswerable.len());
    evidence.extend(unanswerable);
    let (mut errands, mut running) = (errands.into_iter(), JoinSet::new());
    loop {
        while running.len() < AT_ONCE {
            let Some(errand) = errands.next() else { break };
            let github = github.clone();
            running.spawn(async move { run(&github, errand).await });
        }
        match running.join_next().await {
            None => return Evidence::from(evidence),
            Some(Ok(answers)) => {
                progress.advance(answers.len());
                evidence.extend(answers);
            }
            Some(Err(error)) => tracing::error!(%error, "an errand broke off"),
        }
    }
}

fn plan(
    github: &GitHub,
    repository: Option<&Repository>,
    asks: Vec<Ask>,
) -> (Vec<Errand>, Vec<(Ask, Answer)>) {
    let about_pulls = |ask: &Ask| {
        matches!(
            ask,
            Ask::OpenPullsOf(_) | Ask::PullsWithHead(_) | Ask::Reviews(_) | Ask::DnaFilesOf(..)
        )
    };
    let (pulls, others): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(about_pulls);
    let fits = |ask: &Ask| matches!(ask, Ask::Gist(id) if github.fits_a_block(id));
    let (together, single): (Vec<Ask>, Vec<Ask>) = match others.iter().filter(|ask| fits(ask)).count() {
        0..BLOCK_FROM => (Vec::new(), others),
        _ => others.into_iter().partition(fits),
    };
    let ids: Vec<GistId> = together
        .into_iter()
        .filter_map(|ask| if let Ask::Gist(id) = ask { Some(id) } else { None })
        .collect();
    let blocks = ids
        .chunks(super::github::GIST_BLOCK)
        .map(|block| Errand::Gists(block.to_vec()));
    let mut errands: Vec<Errand> = blocks.chain(single.into_iter().map(Errand::One)).collect();
    match repository {
        _ if pulls.is_empty() => {}
        Some(repository) => {
            let mut listed = Vec::new();
            for ask in pulls {
                match ask {
                    Ask::Reviews(number) => errands.push(Errand::Reviews(repository.clone(), number)),
                    Ask::DnaFilesOf(login, number) => {
                        errands.push(Errand::DnaFiles(repository.clone(), login, number));
                    }
                    ask => listed.push(ask),
                }
            }
            if !listed.is_empty() {
                errands.push(Errand::Pulls(repository.clone(), listed));
            }
        }
        None => {
            let why = "which repository on GitHub this is was not said; give --repo owner/name";
            return (errands, pulls.into_iter().map(|ask| (ask, failed(why))).collect());
        }
    }
    (errands, Vec::new())
}

async fn run(github: &GitHub, errand: Errand) -> Vec<(Ask, Answer)> {
    match errand {
        Errand::One(ask) => {
            let answer = match &ask {
                Ask::Gist(id) => answer(github.gist(id).await, Fact::Gist),
                Ask::GistAt(id, revision) => answer(github.gist_at(id, revision).await, Fact::Gist),
                Ask::Account(login) => answer(github.account(login).await, Fact::Account),
                Ask::AccountId(id) => answer(github.account_by_id(*id).await, Fact::Account),
                _ => failed("GitHub cannot be asked this; please report it"),
            };
            vec![(ask, answer)]
        }
        Errand::Gists(ids) => {
            let gists = github.gist_block(&ids).await;
            gists
                .into_iter()
                .map(|(id, gist)| (Ask::Gist(id), answer(gist, Fact::Gist)))
                .collect()
        }
        Errand::Reviews(repository, number) => {
            let reviews = github.reviews(&repository, number).await.map(Some);
            vec![(Ask::Reviews(number), answer(reviews, Fact::Reviews))]
        }
        Errand::DnaFiles(repository, login, number) => {
            let count = github.dna_files_before(&repository, &login, number).await;
            vec![(
                Ask::DnaFilesOf(login, number),
                answer(count.map(Some), Fact::DnaFiles),
            )]
        }
        Errand::Release(index, name, version) => {
            let listed = listed(&index, &name, &version).await;
            vec![(Ask::Release(name, version), answer(listed, Fact::Package))]
        }
        Errand::Pulls(repository, asks) => {
            let open = github
                .open_pulls(&repository)
                .await
                .map_err(|error| error.to_string());
            let of = |ask: &Ask| match &open {
                Err(why) => failed(why),
                Ok(open) => {
                    let mut numbers: Vec<u64> = open
                        .iter()
                        .filter(|pull| match ask {
                            Ask::OpenPullsOf(login) => {
                                pull.author.as_ref().is_some_and(|author| author.login == *login)
                            }
                            Ask::PullsWithHead(head) => pull.head == *head,
                            _ => false,
                        })
                        .map(|pull| pull.number)
                        .collect();
                    numbers.sort_unstable();
                    Answer::Known(Fact::Pulls(numbers))
                }
            };
            asks.into_iter()
                .map(|ask| (of(&ask), ask))
                .map(|(answer, ask)| (ask, answer))
                .collect()
        }
    }
}

/// A package as the index lists it. Where it does not say how large files are among which size decides, their server does.
async fn listed(index: &PackageIndex, name: &PackageName, version: &str) -> Result<Option<Project>> {
    let Some(mut project) = index.project(name).await? else {
        return Ok(None);
    };
    index.choose(&mut project, &Version::new(version)).await?;
    Ok(Some(project))
}

fn answer<T>(found: Result<Option<T>>, fact: impl FnOnce(T) -> Fact) -> Answer {
    match found {
        Ok(Some(found)) => Answer::Known(fact(found)),
        Ok(None) => Answer::Absent,
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Answer {
    Answer::Unknown(Unavailable::Failed(why.to_owned()))
}
