//! `gistry query`: finds definitions in one or many DNA files. Never changes them; what it keeps of them is in the cache alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{World, package};
use crate::cli::{DefinitionKind, Query};
use crate::dna::query::table::Rows;
use crate::dna::query::{Filter, Hit, Pattern, Sort, by_docstring, by_name};
use crate::dna::record::Kind;
use crate::error::{Error, Result};
use crate::io::names::{self, Book, Section};
use crate::model::version::Version;
use crate::render::dna::hits::{self, Match};
use crate::render::visible::visible;

/// A file that was searched.
struct Searched {
    book: Book,
    hits: Vec<Hit>,
}

/// Searches, prints the best, and says by the exit code whether there was anything.
///
/// # Errors
/// Wrong usage: a pattern that cannot be read, a file that is not there, nothing to search in.
pub fn run(world: &World, args: &Query) -> Result<u8> {
    let pattern = Pattern::new(&args.text, args.fixed).map_err(|why| {
        let hint = if args.fixed {
            ""
        } else {
            "\n--fixed takes it letter by letter"
        };
        Error::Usage(format!("{:?} cannot be looked for: {why}{hint}", args.text))
    })?;
    let filter = Filter {
        kinds: args.kind.iter().copied().map(sort).collect(),
        public: args.public,
    };
    let files = files(world, args)?;
    let cache = if args.no_cache {
        None
    } else {
        package::cache_folder(world, args.cache_dir.as_deref()).map(|cache| cache.join("names"))
    };
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let searched: Vec<(PathBuf, Result<Searched, String>)> = files
        .into_par_iter()
        .map(|file| {
            let found = search(&file, cache.as_deref(), &pattern, &filter);
            (file, found)
        })
        .collect();
    let (mut sound, faults) = sorted_out(searched);
    let named: usize = sound.iter().map(|file| file.hits.len()).sum();
    let mut faults: Vec<String> = faults;
    // Docstrings come after all names: where these fill the limit, nobody would see them.
    if named < limit {
        let more: Vec<String> = sound
            .par_iter_mut()
            .filter_map(|file| look_into_docstrings(file, &pattern, &filter).err())
            .collect();
        faults.extend(more);
    }
    let total: usize = sound.iter().map(|file| file.hits.len()).sum();
    let best = best(&sound, limit)?;
    if args.json {
        world.print(&hits::json(&args.text, total, named >= limit, &best))?;
    } else {
        let (paper, columns) = (super::show::paper(world), super::show::columns(world));
        world.tell(&hits::people(&best, paper, columns))?;
    }
    if total > best.len() && !args.json {
        world.say(&format!("{} more (--limit 0 shows all)", total - best.len()))?;
    }
    for fault in &faults {
        super::complain_plainly(world, fault)?;
    }
    Ok(match (faults.is_empty(), best.is_empty()) {
        (false, _) => 3,
        (true, true) => 1,
        (true, false) => 0,
    })
}

fn sorted_out(searched: Vec<(PathBuf, Result<Searched, String>)>) -> (Vec<Searched>, Vec<String>) {
    let mut sound = Vec::with_capacity(searched.len());
    let mut faults = Vec::new();
    for (path, file) in searched {
        match file {
            Ok(file) => sound.push(file),
            Err(why) => faults.push(format!(
                "{}: {}",
                visible(&path.display().to_string()),
                visible(&why)
            )),
        }
    }
    (sound, faults)
}

fn search(path: &Path, cache: Option<&Path>, pattern: &Pattern, filter: &Filter) -> Result<Searched, String> {
    let book = Book::open(path, cache)?;
    let hits = {
        let rows = Rows::new(book.section(Section::Rows)?).ok_or("what is kept of it makes no sense")?;
        let paths = if pattern.needs_paths() {
            book.section(Section::Paths)?
        } else {
            &[]
        };
        by_name(&rows, paths, pattern, filter)
    };
    Ok(Searched { book, hits })
}

fn look_into_docstrings(file: &mut Searched, pattern: &Pattern, filter: &Filter) -> Result<(), String> {
    let mut known: Vec<u32> = file.hits.iter().map(|hit| hit.row).collect();
    known.sort_unstable();
    let name = &file.book.title.0;
    let found = (|| {
        let rows = Rows::new(file.book.section(Section::Rows)?).ok_or("what is kept of it makes no sense")?;
        let docs = file.book.section(Section::Docs)?;
        Ok::<_, String>(by_docstring(&rows, docs, pattern, filter, &known))
    })();
    file.hits
        .extend(found.map_err(|why| format!("{name}: {}", visible(&why)))?);
    Ok(())
}

/// The best of all files, in their order.
fn best(files: &[Searched], limit: usize) -> Result<Vec<Match>> {
    let mut hits: Vec<(&Hit, &Book)> = files
        .iter()
        .flat_map(|file| file.hits.iter().map(|hit| (hit, &file.book)))
        .collect();
    if hits.len() > limit {
        // More than are shown, so that those which are equal so far can be ordered by their paths.
        let (_, last, _) = hits.select_nth_unstable_by(limit - 1, |a, b| a.0.order(b.0));
        let last = *last.0;
        hits.retain(|(hit, _)| hit.order(&last).is_le());
    }
    let mut placed = Vec::with_capacity(hits.len());
    for (hit, book) in hits {
        placed.push((hit, book, path(hit, book).map_err(Error::Unexpected)?));
    }
    placed.sort_by(|a, b| {
        a.0.order(b.0)
            .then_with(|| (&a.2, &a.1.title).cmp(&(&b.2, &b.1.title)))
    });
    placed.truncate(limit);
    let matches = placed
        .into_iter()
        .map(|(hit, book, path)| shown(hit, book, &path));
    matches.collect::<Result<_, String>>().map_err(Error::Unexpected)
}

/// The paths of a hit, separated by a tab.
fn path(hit: &Hit, book: &Book) -> Result<String, String> {
    let rows = Rows::new(book.section(Section::Rows)?).ok_or_else(String::new)?;
    let paths = book.section(Section::Paths)?;
    Ok(String::from_utf8_lossy(rows.path(hit.row, paths)).into_owned())
}

fn shown(hit: &Hit, book: &Book, paths: &str) -> Result<Match, String> {
    let rows = Rows::new(book.section(Section::Rows)?).ok_or_else(String::new)?;
    let (path, canonical) = paths.split_once('\t').unwrap_or((paths, paths));
    Ok(Match {
        package: book.title.0.clone(),
        release: book.title.1.clone(),
        path: path.to_owned(),
        canonical: canonical.to_owned(),
        sort: rows.sort(hit.row),
        public: hit.open,
        rank: hit.rank,
        view: rows.view(hit.row, book.section(Section::Views)?),
    })
}

/// What is searched: what was named, else the registry here and `.repolex`.
fn files(world: &World, args: &Query) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let folder = |folder: &Path, found: &mut Vec<PathBuf>| {
        let files =
            names::files(folder).map_err(|why| Error::Usage(format!("{}: {why}", folder.display())))?;
        found.extend(if args.all_versions { files } else { latest(files) });
        Ok::<(), Error>(())
    };
    for named in &args.files {
        let path = world.dir.join(named);
        if path.is_dir() {
            folder(&path, &mut found)?;
        } else if path.exists() {
            found.push(path);
        } else {
            return Err(Error::Usage(format!(
                "{}: there is no such file or folder",
                named.display()
            )));
        }
    }
    if args.files.is_empty() {
        for shelf in super::show::SHELVES {
            let shelf = world.dir.join(shelf);
            if shelf.is_dir() {
                folder(&shelf, &mut found)?;
            }
        }
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(Error::Usage(
            "there are no DNA files to search; name some, or folders of them\n`gistry export msgpack PKG VERSION` brings one".to_owned(),
        ));
    }
    Ok(found)
}

/// Of each package the file of its latest version; files whose names say no version are all kept.
fn latest(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut packages: BTreeMap<String, (Version, PathBuf)> = BTreeMap::new();
    let mut others = Vec::new();
    for file in files {
        let Some((package, version)) = names::release_of(&file) else {
            others.push(file);
            continue;
        };
        let version = Version::new(&version);
        match packages.get(&package) {
            Some((known, _)) if !is_newer(&version, known) => {}
            _ => {
                packages.insert(package, (version, file));
            }
        }
    }
    others.extend(packages.into_values().map(|(_, file)| file));
    others
}

/// A prerelease is newer than no release.
fn is_newer(version: &Version, known: &Version) -> bool {
    crate::model::version::latest([(known, false), (version, false)]) == Some(version) && version != known
}

fn sort(kind: DefinitionKind) -> Sort {
    match kind {
        DefinitionKind::Module => Sort::Module,
        DefinitionKind::Function => Sort::Of(Kind::Function),
        DefinitionKind::Method => Sort::Of(Kind::Method),
        DefinitionKind::Class => Sort::Of(Kind::Class),
        DefinitionKind::Property => Sort::Of(Kind::Property),
        DefinitionKind::Attribute => Sort::Of(Kind::Attribute),
        DefinitionKind::TypeAlias => Sort::Of(Kind::TypeAlias),
    }
}
