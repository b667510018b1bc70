//! Reads every file below a folder by two threads and does nothing else: the floor under `gistry index`, for bench/index. Never writes.

use std::path::PathBuf;

use rayon::prelude::*;

fn main() -> std::io::Result<()> {
    let root = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("."), PathBuf::from);
    let (mut files, mut left) = (Vec::new(), vec![root]);
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && entry.file_name() != "index" {
                left.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(2).build();
    let threads = threads.map_err(std::io::Error::other)?;
    let size: std::io::Result<usize> =
        threads.install(|| files.par_iter().map(|path| Ok(std::fs::read(path)?.len())).sum());
    if size? == 0 {
        return Err(std::io::Error::other("there is nothing to read"));
    }
    Ok(())
}
