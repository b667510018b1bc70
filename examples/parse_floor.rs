//! `parse_floor WHEEL`: what nobody who makes DNA of a wheel can do without: inflates its sources and parses them, on one thread, and says how long
//! each took, in seconds. The floor under `gistry parse`, for bench/dna/speed.sh. Never looks at what it parsed.

use std::io::Write;
use std::time::Instant;

use gistry::io::archive::{self, Limits};
use gistry::model::artifact::ArtifactKind;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("parse_floor WHEEL")?;
    let bytes = std::fs::read(&path)?;
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(64 << 20)
        .build()?;
    let (inflating, parsing, read) = one.install(|| -> Result<_, String> {
        let begun = Instant::now();
        let contents = archive::open(&bytes, ArtifactKind::Wheel, &path, &Limits::default())?;
        let inflating = begun.elapsed();
        let begun = Instant::now();
        let mut read = 0;
        for file in &contents.files {
            if let (true, Ok(text)) = (file.path.contains(".py"), std::str::from_utf8(&file.bytes)) {
                read += text.len();
                drop(ruff_python_parser::parse_unchecked_source(
                    text,
                    ruff_python_ast::PySourceType::Python,
                ));
            }
        }
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
