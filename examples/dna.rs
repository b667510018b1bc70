//! `dna FOLDER [--tests] [--times] [--beside=SDIST] > FILE`, `dna --head=FILE`: the DNA of an unpacked wheel with a head of counts alone, and how quickly a head is read; what bench/dna drives. Never downloads or unpacks anything.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use gistry::dna::head::{Head, Source as Artifact};
use gistry::dna::{Counts, Options, Package, Source};
use gistry::model::name::{Name, PackageName, Sha256};

/// A head as for a package of this name; nothing was downloaded.
fn head(package: &str, counts: Counts) -> Result<Head, Box<dyn std::error::Error>> {
    let artifact = Artifact {
        origin: "pypi".to_owned(),
        artifact: format!("{package}-0-py3-none-any.whl"),
        kind: "wheel".to_owned(),
        size: 0,
        sha256: Sha256::parse(&"0".repeat(64)).map_err(|error| error.to_string())?,
        upload_time: None,
    };
    Ok(Head {
        dna_version: 1,
        package: PackageName::parse(package).map_err(|error| error.to_string())?,
        release: "0".to_owned(),
        generator: "gistry".to_owned(),
        source: artifact,
        beside: None,
        requires_python: None,
        summary: None,
        counts,
        profile: "default".to_owned(),
        yanked: None,
    })
}

fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>, root: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, into, root)?;
        } else if let Ok(below) = path.strip_prefix(root) {
            let name = below.to_string_lossy().replace('\\', "/");
            let bytes = if name.ends_with(".py") || name.ends_with(".pyi") {
                std::fs::read(&path)?
            } else {
                Vec::new()
            };
            into.push((name, bytes));
        }
    }
    Ok(())
}

/// How long the head of a file takes to be opened and read, in microseconds.
fn read_head(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    for _ in 0..1000 {
        gistry::dna::head::read(std::fs::File::open(file)?, gistry::dna::head::MAX_HEAD)?;
    }
    writeln!(std::io::stdout(), "{}", begun.elapsed().as_micros() / 1000)?;
    Ok(())
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    if let Some(file) = args.iter().find_map(|arg| arg.strip_prefix("--head=")) {
        return read_head(file);
    }
    let folder = args.first().ok_or("dna FOLDER [--tests] [--times]")?;
    let mut all = Vec::new();
    files(Path::new(folder), &mut all, Path::new(folder))?;
    if has("--backwards") {
        all.reverse();
    }
    let sources: Vec<Source<'_>> = all.iter().map(|(path, bytes)| Source { path, bytes }).collect();
    let mut more = Vec::new();
    if let Some(folder) = args.iter().find_map(|arg| arg.strip_prefix("--beside=")) {
        files(Path::new(folder), &mut more, Path::new(folder))?;
    }
    let beside: Vec<Source<'_>> = more.iter().map(|(path, bytes)| Source { path, bytes }).collect();
    let jobs = args
        .iter()
        .find_map(|arg| arg.strip_prefix("--jobs=")?.parse().ok())
        .unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(64 << 20)
        .num_threads(jobs)
        .build()?;
    let begun = Instant::now();
    let bytes = pool.install(|| {
        let package = Package::new(
            &sources,
            Options {
                include_tests: has("--tests"),
            },
        );
        let package = package.beside(&beside);
        let decoded = begun.elapsed();
        let (body, counts) = package.body();
        let parsed = begun.elapsed();
        let head = head("example", counts).map_err(|error| error.to_string())?;
        let bytes = gistry::dna::file(&head, &body);
        if has("--times") {
            let written = begun.elapsed();
            let _ = writeln!(
                std::io::stderr(),
                "decoded {decoded:?}, parsed {parsed:?}, written {written:?}; {counts:?}"
            );
        }
        bytes.map_err(|error| error.to_string())
    });
    std::io::stdout().write_all(&bytes?)?;
    Ok(())
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
