//! `gistry derive`: makes DNA files again and answers with their digests. Never sees a token, never judges.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256 as Hasher};

use crate::cli::Derive;
use crate::commands::package::again;
use crate::error::{Error, Result};
use crate::io::files;
use crate::io::pypi::{Config, PackageIndex};
use crate::model::derivation::{AnswerOf, Answers, Derivation, Derived, Order};
use crate::model::name::{Name, Sha256};

use super::World;

/// How long the index may take for one file, retries included.
const BUDGET: Duration = Duration::from_secs(180);

/// Makes what is ordered.
///
/// # Errors
/// Wrong usage: there is no order, or it is none.
pub async fn run(world: &World, args: Derive) -> Result<u8> {
    let text = match &args.order {
        Some(path) => files::read_text(&world.dir.join(path))?,
        None => match world.env.first(&["GISTRY_ORDER"]) {
            Some(text) => text.to_owned(),
            None => {
                return Err(Error::Usage(
                    "nothing is ordered: use --order or GISTRY_ORDER".to_owned(),
                ));
            }
        },
    };
    let order = Order::parse(text.trim()).map_err(|why| Error::Usage(format!("this is no order: {why}")))?;
    let config = Config {
        url: order.index.clone(),
        cache: None,
        offline: false,
        budget: BUDGET.min(Duration::from_secs(args.time)),
        max_artifact: order.artifact_bytes,
    };
    let index = PackageIndex::new(config, world.progress())?;
    index.ready()?;
    let jobs = args.jobs.and_then(|jobs| usize::try_from(jobs).ok());
    let end = Instant::now() + Duration::from_secs(args.time);
    let mut answers = Vec::new();
    for wanted in &order.files {
        let left = end.saturating_duration_since(Instant::now());
        let derived = derived(&index, wanted, jobs, left).await;
        world.say(&format!(
            "{} {}: {}",
            wanted.package,
            wanted.release,
            word(&derived)
        ))?;
        answers.push(AnswerOf::new(wanted, derived));
    }
    let text = Answers::new(answers).text();
    if let Some(outputs) = world.env.first(&["GITHUB_OUTPUT"]) {
        files::append(&world.dir.join(outputs), format!("derived={text}\n").as_bytes())?;
    }
    world.print(&format!("{text}\n"))?;
    Ok(0)
}

/// What came of one file. What failed is an answer, too: it must not take the other files with it.
pub(super) async fn derived(
    index: &PackageIndex,
    wanted: &Derivation,
    jobs: Option<usize>,
    time: Duration,
) -> Derived {
    match tokio::time::timeout(time, again(index, wanted, jobs, time)).await {
        Ok(Ok(Ok(made))) => match digest(&made.derived.bytes) {
            Ok(digest) => Derived::Digest(digest),
            Err(error) => Derived::Failed(error.to_string()),
        },
        Ok(Ok(Err(why))) => Derived::None(why.to_string()),
        Ok(Err(error)) => Derived::Failed(error.to_string()),
        Err(_) => Derived::Failed(format!("there were {} seconds left for it", time.as_secs())),
    }
}

fn digest(bytes: &[u8]) -> Result<Sha256> {
    let digest = format!("{:x}", Hasher::digest(bytes));
    Sha256::parse(&digest).map_err(|invalid| Error::Unexpected(invalid.to_string()))
}

fn word(derived: &Derived) -> String {
    match derived {
        Derived::Digest(digest) => digest.to_string(),
        Derived::None(why) => format!("gives no DNA: {why}"),
        Derived::Beyond(why) | Derived::Failed(why) => format!("not made: {why}"),
    }
}
