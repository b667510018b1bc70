//! The real git, run hermetically on bare repositories. Reads no configuration of the user or the system, and never
//! touches anything outside the repository that it is given.

pub(crate) mod commit;
pub(crate) mod diff;
pub(crate) mod http;
pub(crate) mod refs;

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What GitHub allows a fetch to ask for, and what it refuses a push.
const CONFIG: &str = "[core]
\trepositoryformatversion = 0
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tfsckObjects = true
\tautogc = false
\thideRefs = refs/pull
[http]
\treceivepack = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
";

/// A bare repository.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    pub dir: PathBuf,
}

/// git said no.
#[derive(Debug)]
pub(crate) struct GitFailed {
    what: String,
}

impl fmt::Display for GitFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Who made a commit, and when.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub name: String,
    pub email: String,
    /// Seconds since 1970.
    pub at: i64,
}

impl Signature {
    pub fn github(at: i64) -> Signature {
        Signature {
            name: "GitHub".into(),
            email: "noreply@github.com".into(),
            at,
        }
    }

    pub fn line(&self) -> String {
        format!("{} <{}> {} +0000", self.name, self.email, self.at)
    }
}

/// An environment in which git reads nothing but the repository.
pub(crate) fn hermetic(command: &mut Command) -> &mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        // The temporary directory is ours, whoever owns its parents.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
}

impl Git {
    /// Lays out a bare repository by hand: `git init` would take ten times as long. With `network`, objects are
    /// shared with that repository, as GitHub shares them between a repository and its forks.
    pub fn create(dir: PathBuf, branch: &str, network: Option<&Git>) -> Git {
        fs::create_dir_all(dir.join("refs/heads")).expect("a writable temporary directory");
        match network {
            Some(root) => symlink(&root.dir.join("objects"), &dir.join("objects")),
            None => {
                fs::create_dir_all(dir.join("objects/info")).expect("a writable temporary directory");
                fs::create_dir_all(dir.join("objects/pack")).expect("a writable temporary directory");
            }
        }
        fs::write(dir.join("HEAD"), format!("ref: refs/heads/{branch}\n"))
            .expect("a writable temporary directory");
        fs::write(dir.join("config"), CONFIG).expect("a writable temporary directory");
        Git { dir }
    }

    /// Runs git, gives its standard output.
    pub fn run(&self, args: &[&str], stdin: &[u8]) -> Result<Vec<u8>, GitFailed> {
        self.run_with(args, stdin, &[])
    }

    /// The same, with more environment.
    pub fn run_with(&self, args: &[&str], stdin: &[u8], env: &[(&str, &str)]) -> Result<Vec<u8>, GitFailed> {
        let mut command = Command::new("git");
        hermetic(&mut command)
            .arg("--git-dir")
            .arg(&self.dir)
            .args(args)
            .envs(env.iter().copied());
        let output = pipe(&mut command, stdin);
        if output.status.success() {
            return Ok(output.stdout);
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let what = format!("git {}: {}\n{text}", args.join(" "), output.status);
        Err(GitFailed { what })
    }

    /// Runs git where a failure is a fault of the test.
    pub fn text(&self, args: &[&str]) -> String {
        match self.run(args, b"") {
            Ok(out) => String::from_utf8_lossy(&out).trim_end().to_owned(),
            Err(failed) => panic!("{failed}"),
        }
    }

    /// The object's id and type, if the network has it.
    pub fn resolve(&self, revision: &str) -> Option<String> {
        let spec = format!("{revision}^{{commit}}");
        let out = self
            .run(
                &["rev-parse", "--verify", "--quiet", "--end-of-options", &spec],
                b"",
            )
            .ok()?;
        Some(String::from_utf8_lossy(&out).trim().to_owned())
    }
}

/// Runs a command with `stdin` and collects what it prints; writing and reading overlap, so that neither pipe fills.
pub(crate) fn pipe(command: &mut Command, stdin: &[u8]) -> std::process::Output {
    command.stdin(if stdin.is_empty() {
        Stdio::null()
    } else {
        Stdio::piped()
    });
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let feed = child.stdin.take();
    std::thread::scope(|scope| {
        if let Some(mut feed) = feed {
            // A child that stops reading early says why in its exit status.
            scope.spawn(move || drop(feed.write_all(stdin)));
        }
        child.wait_with_output().expect("a child process to wait for")
    })
}

fn symlink(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link).expect("a file system with symbolic links");
}
