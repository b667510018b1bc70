//! The program: hands the world to the library and exits with its answer. Never decides anything.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outside = gistry::Outside {
        args: std::env::args_os().collect(),
        env: std::env::vars_os()
            .filter_map(|(key, value)| key.into_string().ok().zip(value.into_string().ok()))
            .collect(),
        dir: std::env::current_dir().unwrap_or_else(|_| ".".into()),
        now: chrono::Utc::now(),
        stdout: Arc::new(Mutex::new(std::io::stdout())),
        stderr: Arc::new(Mutex::new(std::io::stderr())),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
    };
    ExitCode::from(gistry::run(outside))
}
