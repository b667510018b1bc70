//! `gistry-standin --port N --seed FILE`: a stand-in for tests in another process. Prints its address and runs until its
//! standard input closes; then it says where GitHub's description was broken, and exits with 1 if it was.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gistry_standin::Standin;

const USAGE: &str = "usage: gistry-standin [--port N] [--seed FILE] [--forever]

  --port N      listen on 127.0.0.1:N (a free port unless given)
  --seed FILE   start with what this JSON file describes (see standin/README.md)
  --forever     run until killed, whatever happens to standard input";

struct Options {
    port: u16,
    seed: Option<PathBuf>,
    forever: bool,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let gh = Standin::start_on(options.port);
    gh.allow_writes();
    if let Some(file) = &options.seed
        && let Err(why) = seed(&gh, file)
    {
        eprintln!("{}: {why}", file.display());
        return ExitCode::from(2);
    }
    println!("{}", gh.url());
    let _ = std::io::stdout().flush();
    if options.forever {
        loop {
            std::thread::park();
        }
    }
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let wrong = gh.contract_violations();
    gh.waive_contract();
    wrong.iter().for_each(|line| eprintln!("{line}"));
    ExitCode::from(u8::from(!wrong.is_empty()))
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        port: 0,
        seed: None,
        forever: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--port" => options.port = value()?.parse().map_err(|_| "--port wants a number".to_owned())?,
            "--seed" => options.seed = Some(value()?.into()),
            "--forever" => options.forever = true,
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(options)
}

fn seed(gh: &Standin, file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let seed = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    gh.seed(&seed, file.parent().unwrap_or(Path::new(".")))
}
