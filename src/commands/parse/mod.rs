//! `gistry parse`: packages to DNA files, alone or as a plan that many jobs share. Never runs a package, and never changes a release.

mod bars;
mod collect;
mod known;
mod land;
mod local;
mod one;
mod place;
mod plan;
mod shard;
mod tell;
mod words;

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};
use tokio::task::{JoinSet, LocalSet};

use crate::cli::Parse;
use crate::dna::Options;
use crate::error::{Error, Result};
use crate::model::packages::Packages;
use crate::parsing::report::{Done, Outcome, Report};

use super::{World, package};
use bars::Bars;
use one::{Order, Shop};
use place::{How, Place};
use words::Target;

/// How many releases are in memory at a time: one is parsed while others are downloaded.
const TOGETHER: usize = 4;
/// Where files of the user's own go when nobody says where.
const OWN: &str = ".repolex";

/// Does what was typed.
///
/// # Errors
/// Wrong usage; could not be checked, where the registry pins another dna_version.
pub async fn run(world: &World, args: Parse) -> Result<u8> {
    if args.plan {
        return plan::run(world, &args).await;
    }
    if let Some(shard) = args.shard {
        return shard::run(world, &args, shard).await;
    }
    if !args.collect.is_empty() {
        return collect::run(world, &args).await;
    }
    if args.plan_file.is_some() {
        return Err(Error::Usage(
            "--plan-file needs --plan, --shard or --collect".into(),
        ));
    }
    let targets = words::read(&args.words)?;
    if targets.is_empty() && args.source.is_none() {
        return Err(Error::Usage(
            "which package? such as `gistry parse pandas 2.2.0`".into(),
        ));
    }
    let registry = world.dir.join(&args.registry);
    let settings = package::settings(&registry)?;
    let report = match &args.source {
        Some(source) => local::source(world, &args, &settings, source, &targets).await?,
        None => packages(world, &args, &settings, targets).await?,
    };
    tell::report(world, args.format, &report)?;
    Ok(report.exit_code())
}

/// Packages of the index, and repositories, in the order in which they were typed.
async fn packages(world: &World, args: &Parse, settings: &Packages, targets: Vec<Target>) -> Result<Report> {
    let place = place(world, args, args.include_tests)?;
    if place.is_registry() && targets.iter().any(|target| matches!(target, Target::Package(_))) {
        package::may_derive(settings)?;
    }
    let mut report = Report::new(args.dry_run);
    let mut orders = Vec::new();
    let mut repositories = Vec::new();
    for (at, target) in targets.into_iter().enumerate() {
        match target {
            Target::Repository(repository, tag) => repositories.push((at, repository, tag)),
            Target::Package(pick) => orders.push((
                at,
                Order {
                    pick,
                    artifact: None,
                    sdist: args.with_sdist,
                },
            )),
        }
    }
    let bars = Bars::new(world, orders.len() + repositories.len());
    let below = if args.include_tests && args.output.is_none() {
        "with-tests/"
    } else {
        ""
    };
    let shop = Arc::new(shop(world, args, settings, &bars, place, below)?);
    shop.index.ready()?;
    let (places, orders): (Vec<usize>, Vec<Order>) = orders.into_iter().unzip();
    let mut done: Vec<(usize, Done)> = places.into_iter().zip(all(&shop, orders, &bars).await).collect();
    for (at, repository, tag) in repositories {
        done.push((
            at,
            local::repository(world, args, &shop, &bars, &repository, &tag).await?,
        ));
    }
    bars.end();
    done.sort_by_key(|(at, _)| *at);
    report.releases = done.into_iter().map(|(_, done)| done).collect();
    Ok(report)
}

/// Where files go: `own` are those that no registry takes.
fn place(world: &World, args: &Parse, own: bool) -> Result<Place> {
    if let Some(output) = &args.output {
        return Ok(Place::Folder(world.dir.join(output)));
    }
    if own {
        return Ok(Place::Folder(world.dir.join(OWN)));
    }
    let registry = world.dir.join(&args.registry);
    if registry.is_dir() {
        return Ok(Place::Registry(registry));
    }
    Err(Error::Usage(format!("{} is no folder", registry.display())))
}

fn shop(
    world: &World,
    args: &Parse,
    settings: &Packages,
    bars: &Bars,
    place: Place,
    below: &str,
) -> Result<Shop> {
    let options = Options {
        include_tests: args.include_tests,
    };
    Ok(Shop {
        index: package::index(world, &args.packages, settings, Arc::new(bars.clone()))?,
        manner: package::manner(&args.packages, options),
        place,
        how: How {
            regenerate: args.regenerate,
            dry_run: args.dry_run,
        },
        below: below.to_owned(),
        gate: Mutex::new(()),
    })
}

/// Does all of these, some at a time; none stops another. The answers are in the orders' order.
async fn all(shop: &Arc<Shop>, orders: Vec<Order>, bars: &Bars) -> Vec<Done> {
    // On one thread: all waiting is for the network and for the threads that parse.
    LocalSet::new().run_until(together(shop, orders, bars)).await
}

async fn together(shop: &Arc<Shop>, orders: Vec<Order>, bars: &Bars) -> Vec<Done> {
    let room = Arc::new(Semaphore::new(TOGETHER));
    let mut tasks = JoinSet::new();
    let mut done: Vec<Done> = Vec::with_capacity(orders.len());
    for (at, order) in orders.into_iter().enumerate() {
        done.push(Done {
            package: order.pick.package.to_string(),
            release: order.pick.version.clone(),
            outcome: Outcome::Failed,
            why: Some("it made gistry stumble; please report it".to_owned()),
            ..Done::default()
        });
        let (shop, room, bars) = (shop.clone(), room.clone(), bars.clone());
        tasks.spawn_local(async move {
            let _place = room.acquire_owned().await;
            let bar = bars.bar(&order.pick.to_string());
            (at, shop.release(&order, &bar).await)
        });
    }
    while let Some(ended) = tasks.join_next().await {
        // One that panicked keeps the answer that stands there already.
        if let Ok((at, answer)) = ended {
            done[at] = answer;
        }
    }
    done
}
