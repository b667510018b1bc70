//! Runs the real git as a child process, within limits of time and output. Never lets a hook, a prompt, a credential helper or a stray variable take part.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::source::Source;
use crate::error::{Error, Result};

/// How long a call may take that does not go over the network.
pub(super) const LOCAL_TIME: Duration = Duration::from_secs(120);
/// Most that a listing of git may hold, in bytes: some two million files.
pub(super) const MAX_LISTING: usize = 256 << 20;
/// Most that is kept of what git says on stderr, in bytes.
const MAX_COMPLAINT: usize = 64 << 10;

/// Variables of git's own that may stay: where it is installed, and whom it trusts.
const KEPT: &[&str] = &[
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_PROXY_SSL_CAINFO",
];
/// Where the user's own configuration is: needed in the user's clone for `safe.directory`.
const KEPT_FOR_THE_USER: &[&str] = &[
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
];

const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.askPass=",
    "credential.helper=",
    "submodule.recurse=false",
];

/// For repositories of our own, which live as long as one judgement.
const OWN_SETTINGS: &[&str] = &[
    "core.fsync=none",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.version=2",
    // A list of 20,000 object ids goes in one request: beyond this git sends a probe first.
    "http.postBuffer=16777216",
    // A redirect could carry the token to another host; curl's own rule does not cover git's later requests.
    "http.followRedirects=false",
    // A server that hangs is given up; one that packs sends five bytes every five seconds.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=30",
];

/// Git in one repository.
#[derive(Debug)]
pub(super) struct Git {
    directory: PathBuf,
    own: bool,
}

/// One call.
pub(super) struct Call<'a> {
    /// The subcommand and its arguments: nothing secret, nothing that a stranger chose unless it cannot be an option.
    pub args: &'a [&'a str],
    /// What git reads on stdin.
    pub input: Vec<u8>,
    /// Most that git may answer, in bytes.
    pub most: usize,
    /// When to give up.
    pub deadline: Instant,
    /// The repository that may be reached; none where nothing may.
    pub remote: Option<&'a Source>,
}

impl<'a> Call<'a> {
    /// A call that stays on this machine.
    pub fn local(args: &'a [&'a str]) -> Self {
        Self {
            args,
            input: Vec::new(),
            most: MAX_LISTING,
            deadline: Instant::now() + LOCAL_TIME,
            remote: None,
        }
    }
}

/// What became of a call.
#[derive(Debug)]
pub(super) struct Output {
    /// Whether git was content.
    pub ok: bool,
    /// What it answered.
    pub stdout: Vec<u8>,
    /// What it complained about, at most [`MAX_COMPLAINT`] bytes, as it came.
    pub stderr: String,
}

impl Output {
    /// The answer, or git's complaint as an error of ours.
    pub fn expect(self, what: &str) -> Result<Vec<u8>> {
        if self.ok {
            return Ok(self.stdout);
        }
        Err(Error::Unexpected(format!("{what}: {}", one_line(&self.stderr))))
    }
}

impl Git {
    /// In a bare repository of our own.
    pub fn own(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            own: true,
        }
    }

    /// In a clone of the user's.
    pub fn of_user(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            own: false,
        }
    }

    /// Runs git and waits for it. That git says no is in the output, not an error.
    pub async fn run(&self, call: Call<'_>) -> Result<Output> {
        // Settings come in pairs before it.
        let is_setting = |pair: &&[&str]| pair[0] == "-c";
        let settings = call.args.chunks(2).take_while(is_setting).count();
        let subcommand = call.args.get(2 * settings).copied().unwrap_or_default();
        let mut child = self
            .command(&call)?
            .spawn()
            .map_err(|error| not_started(&error))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let input = call.input;
        let write = async move {
            if let Some(mut stdin) = stdin {
                // Git may stop reading when it has seen enough; its exit code says whether that was well.
                let _ = stdin.write_all(&input).await;
            }
        };
        let answer = async {
            let (stdout, stderr, ()) = tokio::join!(
                read(stdout, call.most),
                read_and_drop(stderr, MAX_COMPLAINT),
                write
            );
            let (stdout, whole) = stdout?;
            if !whole {
                return Ok(None);
            }
            let status = child.wait().await?;
            Ok::<_, std::io::Error>(Some(Output {
                ok: status.success(),
                stdout,
                stderr: String::from_utf8_lossy(&stderr).into_owned(),
            }))
        };
        match tokio::time::timeout_at(call.deadline.into(), answer).await {
            Ok(Ok(Some(output))) => Ok(output),
            Ok(Ok(None)) => Err(Error::CouldNotCheck(format!(
                "git {subcommand} lists more than the {} MiB that gistry reads",
                call.most >> 20
            ))),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => {
                let with = call
                    .remote
                    .map(|source| format!(" with {}", source.host()))
                    .unwrap_or_default();
                Err(Error::CouldNotCheck(format!(
                    "git {subcommand}{with} did not finish in time"
                )))
            }
        }
    }

    /// Runs git without a network; that it says no is an error.
    pub async fn ask(&self, args: &[&str], what: &str) -> Result<Vec<u8>> {
        self.run(Call::local(args)).await?.expect(what)
    }

    fn command(&self, call: &Call<'_>) -> Result<Command> {
        let mut command = Command::new("git");
        let is_kept = |name: &str| {
            KEPT.contains(&name)
                || !self.own
                    && (KEPT_FOR_THE_USER.contains(&name)
                        || name.starts_with("GIT_CONFIG_KEY_")
                        || name.starts_with("GIT_CONFIG_VALUE_"))
        };
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| name.starts_with("GIT_") && !is_kept(name))
            {
                command.env_remove(name);
            }
        }
        command.envs(ENVIRONMENT.iter().copied());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if self.own {
            for setting in OWN_SETTINGS {
                command.args(["-c", setting]);
            }
            command
                .env("GIT_DIR", &self.directory)
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                // No ~/.netrc, no ~/.config/git.
                .env("HOME", &self.directory)
                .env_remove("XDG_CONFIG_HOME");
        }
        match call.remote {
            Some(source) => {
                command.env("GIT_ALLOW_PROTOCOL", source.protocol()?);
                command.envs(source.credentials()?);
            }
            None => {
                // The first is known since git 2.45, the second to all.
                command
                    .env("GIT_NO_LAZY_FETCH", "1")
                    .env("GIT_ALLOW_PROTOCOL", "none");
            }
        }
        command
            .args(call.args)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}

fn not_started(error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::Usage(
            "git was not found, or the folder is gone; install git and make sure that it is in PATH".into(),
        );
    }
    Error::Unexpected(format!("git could not be started: {error}"))
}

/// Reads up to `most` bytes, and says whether that was all.
async fn read(from: Option<impl AsyncRead + Unpin>, most: usize) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(most as u64 + 1).read_to_end(&mut bytes).await?;
    }
    let whole = bytes.len() <= most;
    Ok((bytes, whole))
}

/// Reads everything, and keeps the first `most` bytes: a pipe that nobody reads would stop git.
async fn read_and_drop(from: Option<impl AsyncRead + Unpin>, most: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut from) = from else { return kept };
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let room = most - kept.len();
        kept.extend_from_slice(&buffer[..count.min(room)]);
    }
    kept
}

/// Longest complaint of git that is shown, in characters.
const SHOWN: usize = 300;

/// What git complained about, fit to be shown in one line: no hints, no server's chatter, no control characters.
pub(super) fn one_line(stderr: &str) -> String {
    let told = |line: &&str| {
        let noise = ["hint:", "remote:", "warning:", "Cloning"];
        !line.trim().is_empty() && !noise.iter().any(|start| line.starts_with(start))
    };
    let lines: Vec<&str> = stderr.lines().filter(told).collect();
    let text = if lines.is_empty() {
        stderr.to_owned()
    } else {
        lines.join("; ")
    };
    let text: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control() && !is_bidi(*letter))
        .take(SHOWN)
        .collect();
    if text.is_empty() {
        "git gave no reason".into()
    } else {
        text
    }
}

/// Characters that turn the reading direction, and so can make a text look like another.
fn is_bidi(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_become_one_plain_line() {
        let stderr = "remote: ::error::x\nhint: y\nerror: a\u{1b}[31m\n\u{202e}fatal:  b\r\n";
        assert_eq!(one_line(stderr), "error: a[31m; fatal: b");
        assert_eq!(one_line(""), "git gave no reason");
        assert_eq!(one_line(&"x".repeat(9_999)).len(), SHOWN);
    }
}
