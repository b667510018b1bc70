//! `gistry parse --shard i/N`: one part of a plan, into a folder, with a report of it. Never needs the registry.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::bars::Bars;
use super::one::{Order, Shop};
use super::place::{How, Place};
use super::{all, tell};
use crate::cli::Parse;
use crate::commands::{World, package};
use crate::dna::Options;
use crate::error::{Error, Result};
use crate::io::derive::DNA_VERSION;
use crate::io::files;
use crate::parsing::plan::{Plan, Shard};
use crate::parsing::report::Report;
use crate::parsing::split;

/// Does one part. What fails in it is in the report that is written beside the files, for the job that collects.
pub async fn run(world: &World, args: &Parse, shard: Shard) -> Result<u8> {
    let Some(output) = &args.output else {
        return Err(Error::Usage("--shard needs --output".into()));
    };
    let plan = plan(world, args)?.ok_or_else(|| Error::Usage("--shard needs --plan-file".into()))?;
    let output = world.dir.join(output);
    let orders: Vec<Order> = split::part(&plan, shard).into_iter().map(Order::from).collect();
    let bars = Bars::new(world, orders.len());
    // The plan says which index was asked, without what opens it; whoever gives another means it.
    let given = args
        .packages
        .index_url
        .as_deref()
        .or(world.env.first(&["PIP_INDEX_URL"]));
    let url = given.map_or(plan.index, str::to_owned);
    let shop = Arc::new(Shop {
        index: package::index_at(world, &args.packages, url, Arc::new(bars.clone()))?,
        manner: package::manner(&args.packages, Options::default()),
        place: Place::Folder(output.clone()),
        how: How {
            regenerate: false,
            dry_run: args.dry_run,
        },
        below: String::new(),
        gate: Mutex::new(()),
    });
    shop.index.ready()?;
    let mut report = Report::new(args.dry_run);
    report.releases = all(&shop, orders, &bars).await;
    bars.end();
    if !args.dry_run {
        std::fs::create_dir_all(&output)
            .map_err(|error| Error::Usage(format!("{} cannot be made: {error}", output.display())))?;
        let text =
            crate::render::parsing::json(&report).map_err(|error| Error::Unexpected(error.to_string()))?;
        files::write_atomically(&output.join(report_name(shard)), text.as_bytes())?;
    }
    tell::report(world, args.format, &report)?;
    Ok(0)
}

/// The name of a shard's report; shards may be put into one folder.
pub fn report_name(shard: Shard) -> String {
    format!("shard-{}-of-{}.json", shard.number, shard.of)
}

/// The plan that was named, for this gistry.
///
/// # Errors
/// Wrong usage where it cannot be read; could not be checked where it is for another dna_version.
pub fn plan(world: &World, args: &Parse) -> Result<Option<Plan>> {
    let Some(path) = &args.plan_file else {
        return Ok(None);
    };
    let bytes = files::read_text(&world.dir.join(path))?;
    let plan =
        Plan::read(bytes.as_bytes()).map_err(|why| Error::Usage(format!("{}: {why}", path.display())))?;
    if plan.dna_version != DNA_VERSION {
        return Err(Error::CouldNotCheck(format!(
            "{} was made for dna_version {}, and this gistry makes {DNA_VERSION}",
            path.display(),
            plan.dna_version
        )));
    }
    Ok(Some(plan))
}
