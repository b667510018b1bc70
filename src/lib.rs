//! gistry: a package registry that has no servers. A GitHub repository, GitHub Actions, and this one binary.
//!
//! # The house
//!
//! | room | what is in it |
//! |---|---|
//! | [`cli`] | what a person can type |
//! | [`error`] | why a command could not do its work |
//! | [`model`] | the words of the field as types that cannot be wrong, and the file formats |
//! | [`finding`] | findings, verdicts, reports |
//! | [`dna`] | Python sources to DNA to MessagePack, and back |
//! | [`stats`] | shared batches to weekly aggregates |
//! | [`index`] | a registry's tree to INDEX.json, the sparse index, OSV |
//! | [`owners`] | whose folder a publisher's is, and what proves it |
//! | [`parsing`] | which releases are parsed, by whom, and what became of each |
//! | [`merge`] | when a good pull request merges itself, and what its commit says |
//! | [`sweep`] | the nightly check of gists: what is asked, what the answers mean, what is marked |
//! | [`rules`] | one file a rule, and the engine that runs them |
//! | [`render`] | data to text: for people, programs, GitHub |
//! | [`io`] | GitHub, git, package indexes, the disk: the only rooms with a network, a process or a file system |
//! | [`commands`] | one file a subcommand: read, call the pure core, write |
//!
//! # What is never so
//!
//! 1. No room imports upwards: `model <- finding <- rules`; `render` knows these; `io` knows only `model` and `error`, and `dna` for the derivation;
//!    only `commands` knows `io` and the rest. A test reads the imports.
//! 2. Nothing but `io` and `commands` has a clock, an environment, randomness or a printer.
//! 3. No broken rule is an `Err`, and no unanswered question becomes a pass.
//! 4. No output depends on a clock or on the order of a hash table, and no write is half done.
//! 5. Nothing from outside is trusted: it is read into a [`model`] type or refused with a finding.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

pub mod cli;
pub mod commands;
pub mod dna;
pub mod error;
pub mod finding;
pub mod index;
pub mod io;
pub mod merge;
pub mod model;
pub mod owners;
pub mod parsing;
pub mod render;
pub mod rules;
pub mod stats;
pub mod sweep;

use cli::{Cli, Color, Command};
use commands::{Environment, World, Writer};
use error::{Error, Result};
use model::name::Timestamp;

/// The world as a program finds it.
pub struct Outside {
    /// The command line, the program's name first.
    pub args: Vec<OsString>,
    /// The environment's variables.
    pub env: std::collections::BTreeMap<String, String>,
    /// The working directory.
    pub dir: PathBuf,
    /// What time it is.
    pub now: chrono::DateTime<chrono::Utc>,
    /// Standard output: data.
    pub stdout: Writer,
    /// Standard error: words for people.
    pub stderr: Writer,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
}

/// Runs one command line to its end and gives the exit code.
pub fn run(outside: Outside) -> u8 {
    let mut world = World {
        env: Environment(outside.env),
        dir: outside.dir,
        now: Timestamp::new(outside.now),
        stdout: outside.stdout,
        stderr: outside.stderr,
        terminal: outside.stderr_is_terminal,
        color: outside.stdout_is_terminal,
        quiet: false,
    };
    let cli = match Cli::try_parse_from(outside.args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let _ = world.say(error.to_string().trim_end());
            return 2;
        }
        Err(help) => return world.print(&help.to_string()).map_or(70, |()| 0),
    };
    world.color = match cli.talk.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => world.color && world.env.first(&["NO_COLOR"]).is_none(),
    };
    world.quiet = cli.talk.quiet;
    log(&world, cli.talk.verbose);
    let result = dispatch(&world, cli.command);
    result.unwrap_or_else(|error| {
        let _ = commands::complain(&world, &error);
        error.exit_code()
    })
}

fn dispatch(world: &World, command: Command) -> Result<u8> {
    match command {
        Command::Explain { rule } => commands::explain::run(world, rule.as_deref()),
        Command::Schema { format } => commands::schema::run(world, format.as_deref()),
        Command::Show(args) => commands::show::run(world, &args),
        Command::Query(args) => commands::query::run(world, &args),
        Command::Export(args) => runtime()?.block_on(commands::export::run(world, *args)),
        Command::Bundle(args) => runtime()?.block_on(commands::bundle::run(world, *args)),
        Command::Completions { shell } => commands::completions::run(world, shell),
        Command::Validate(args) => runtime()?.block_on(commands::validate::run(world, *args)),
        Command::Index(args) => runtime()?.block_on(commands::index::run(world, *args)),
        Command::Parse(args) => {
            let runtime = if args.source.is_some() { alone() } else { runtime() };
            runtime?.block_on(commands::parse::run(world, *args))
        }
        Command::Owners(args) => runtime()?.block_on(commands::owners::run(world, args)),
        Command::Verify(args) => runtime()?.block_on(commands::verify::run(world, *args)),
        Command::Derive(args) => runtime()?.block_on(commands::derive::run(world, args)),
        Command::Merge(args) => runtime()?.block_on(commands::merge::run(world, *args)),
        Command::Stats(args) => alone()?.block_on(commands::stats::run(world, args)),
        Command::Sweep(args) => runtime()?.block_on(commands::sweep::run(world, *args)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::from)
}

/// For what asks nobody while it computes: threads cost half a millisecond, and room.
fn alone() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().map_err(Error::from)
}

/// Requests and decisions, for `-v`; never a token.
fn log(world: &World, verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let writer = world.stderr.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .with_writer(move || commands::Shared(writer.clone()))
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}
