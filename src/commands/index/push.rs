//! `gistry index --push`: the index of the branch as it is now, committed and pushed. Never reads the working tree, and never writes into it.

use crate::cli::Index;
use crate::commands::World;
use crate::commands::connection::addresses;
use crate::commands::publish::{Target, message};
use crate::error::{Error, Result};
use crate::index::Written;
use crate::index::change::Change;
use crate::io::git::{Draft, Edit, Stored};

use super::committed::Committed;
use super::make::{self, Made};
use super::tree::CACHE;
use super::{keep, kept, tell};

/// Brings the index of a branch up to date.
///
/// # Errors
/// Usage where the push is refused; could not be checked where the registry does not answer.
pub async fn run(world: &World, args: &Index) -> Result<u8> {
    let addresses = addresses(&args.connection, &world.env);
    let (repo, branch, dir) = (
        args.repo.as_deref(),
        args.branch.as_deref(),
        world.dir.join(&args.dir),
    );
    let target = Target::find(world, &addresses, repo, branch, &dir).await?;
    let place = match &args.cache {
        Some(path) => world.dir.join(path),
        None => target.clone.git_dir().await?.join(CACHE),
    };
    let (mut cache, mut last) = (kept(Some(&place)), None);
    let progress = world.progress();
    target
        .publish(world, async |snapshot| {
            let tree = Committed::open(snapshot, &cache).await?;
            progress.start("building the index", None);
            let mut made = make::make(&tree, &cache);
            if let Some(renewed) = made.cache.take() {
                cache = renewed;
                keep(world, Some(&place), Some(&cache))?;
            }
            let refused = made.shrink.is_some() && !args.allow_shrink;
            let draft = (!refused && !made.difference.is_empty()).then(|| draft(&made));
            last = Some(made);
            Ok(draft)
        })
        .await?;
    let made = last.ok_or_else(|| Error::Unexpected("nothing was indexed".into()))?;
    if let Some(shrink) = made.shrink.as_ref().filter(|_| !args.allow_shrink) {
        tell::refused(world, args, &made, shrink)?;
        return Ok(1);
    }
    tell::done(world, args, &made)?;
    Ok(u8::from(!made.faults.is_empty()))
}

fn draft(made: &Made) -> Draft {
    let difference = &made.difference;
    let deleted = difference.delete.iter().map(|path| Edit {
        path: path.clone(),
        content: None,
    });
    let written = difference.write.iter().filter_map(|planned| {
        let content = match planned.content.as_ref()? {
            Written::File(bytes) => Stored::File(bytes.clone()),
            Written::Link(target) => Stored::Link(target.clone()),
        };
        Some(Edit {
            path: planned.path.clone(),
            content: Some(content),
        })
    });
    Draft {
        message: message(&subject(&made.changed.change)),
        edits: deleted.chain(written).collect(),
    }
}

/// What the commit is called: how much is new of what.
fn subject(change: &Change) -> String {
    let kinds = [
        (&change.added, "module", "added"),
        (&change.versions, "version", "added"),
        (&change.advisories, "advisory", "added"),
        (&change.yanked, "module or version", "yanked"),
        (&change.removed, "entry", "gone"),
    ];
    let told = |(names, what, became): (&Vec<String>, &str, &str)| match &names[..] {
        [] => None,
        [name] => Some(format!("{name} {became}")),
        names => {
            let stem = what.strip_suffix('y').map(|stem| format!("{stem}ies"));
            let many = stem.unwrap_or_else(|| format!("{}s", what.replace(" or", "s or")));
            Some(format!("{} {many} {became}", names.len()))
        }
    };
    let told: Vec<String> = kinds.into_iter().filter_map(told).collect();
    if told.is_empty() {
        return "Index brought up to date".into();
    }
    format!("Index: {}", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_says_what_is_new() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let change = Change {
            added: names(&["@a/x"]),
            yanked: names(&["@a/y", "z 1.0"]),
            advisories: names(&["A-1", "A-2"]),
            ..Change::default()
        };
        let text = "Index: @a/x added, 2 advisories added, 2 modules or versions yanked";
        assert_eq!(subject(&change), text);
        assert_eq!(subject(&Change::default()), "Index brought up to date");
    }
}
