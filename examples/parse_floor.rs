//! `parse_floor WHEEL [THREADS]`: what nobody who makes DNA of a wheel can do without: inflates its sources and parses them, the largest first, on two
//! threads, and says how long each took, in seconds. The floor under `gistry parse`, for bench/dna/speed.sh. Never looks at what it parsed.

use std::io::Write;
use std::time::Instant;

use gistry::io::archive::{self, Limits};
use gistry::model::artifact::ArtifactKind;
use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("parse_floor WHEEL [THREADS]")?;
    let threads = std::env::args().nth(2).map_or(Ok(2), |text| text.parse())?;
    let bytes = std::fs::read(&path)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(64 << 20)
        .build()?;
    let (inflating, parsing, read) = pool.install(|| -> Result<_, String> {
        let begun = Instant::now();
        let mut contents = archive::open(&bytes, ArtifactKind::Wheel, &path, &Limits::default())?;
        let inflating = begun.elapsed();
        let begun = Instant::now();
        contents
            .files
            .sort_by_key(|file| std::cmp::Reverse(file.bytes.len()));
        let read: usize = contents
            .files
            .par_iter()
            .with_max_len(1)
            .filter(|file| file.path.contains(".py"))
            .filter_map(|file| std::str::from_utf8(&file.bytes).ok())
            .map(|text| {
                drop(ruff_python_parser::parse_unchecked_source(
                    text,
                    ruff_python_ast::PySourceType::Python,
                ));
                text.len()
            })
            .sum();
        Ok((inflating, begun.elapsed(), read))
    })?;
    writeln!(
        std::io::stdout(),
        "{:.4} {:.4} {read}",
        inflating.as_secs_f64(),
        parsing.as_secs_f64()
    )?;
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
