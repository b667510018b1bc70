//! `dna_head FILE`: how long it takes to open a DNA file and read its head, in microseconds; what bench/dna/query.py shows. Never reads more.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use gistry::dna::head;

/// How often it is read; the median counts.
const TIMES: usize = 1001;

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("dna_head FILE")?;
    let mut taken = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        head::read(File::open(&path)?, head::MAX_HEAD)?;
        taken.push(begun.elapsed());
    }
    taken.sort();
    writeln!(std::io::stdout(), "{:.1}", taken[TIMES / 2].as_secs_f64() * 1e6)?;
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
