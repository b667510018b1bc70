//! One push, and what git says became of it. Never tries again, and never forces a branch that moved.

use std::time::{Duration, Instant};

use super::borrowed::Borrowed;
use crate::error::{Error, Result};
use crate::io::git::Counter;
use crate::io::git::process::{Call, Output, one_line};
use crate::io::git::remote::{Asked, ask, branch_ref, repository};
use crate::io::git::source::Source;
use crate::model::name::CommitId;

/// How long one push may take.
const TIME: Duration = Duration::from_secs(180);

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The branch has the commit.
    Landed,
    /// The branch was not where it was expected.
    Faster {
        /// Git's words.
        said: String,
        /// Whether the server was asked at all. If so, it may have been asked twice, since curl repeats what a dying
        /// connection did not answer.
        sent: bool,
    },
    /// The repository does not want it, and will not want it a second time.
    Refused(Refusal),
    /// There was no answer that says anything.
    Unsure(String),
}

/// A final no.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Of which kind.
    pub kind: No,
    /// Git's and the server's words, in one line.
    pub said: String,
}

/// The kinds of a final no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    /// A protected branch, a ruleset or a hook.
    Rules,
    /// The token may not write.
    Forbidden,
    /// There is no token, or it is not known.
    Unknown,
    /// There is no such repository, for this token.
    Missing,
    /// It has another address now.
    Moved,
}

impl Borrowed {
    /// Pushes a commit to a branch that must be at `expected`, or must not be there.
    pub async fn push(&self, commit: &CommitId, branch: &str, expected: Option<&CommitId>) -> Result<Pushed> {
        let name = branch_ref(branch)?;
        let expected = expected.map_or("", CommitId::as_str);
        let (lease, refspec) = (
            // A branch that went back has lost commits on purpose: they are not brought back.
            format!("--force-with-lease={name}:{expected}"),
            format!("{commit}:{name}"),
        );
        let args = [
            "push",
            "--porcelain",
            "--no-progress",
            "--no-verify",
            "--recurse-submodules=no",
            &lease,
            &self.source.url,
            &refspec,
        ];
        let mut call = Call::local(&args);
        call.remote = Some(&self.source);
        call.deadline = self.deadline.min(Instant::now() + TIME);
        match self.git().run(call).await {
            Ok(output) => Ok(outcome(&output, &self.source)),
            // Git was stopped, and the server may have been quicker than we.
            Err(Error::CouldNotCheck(said)) => Ok(Pushed::Unsure(said)),
            Err(error) => Err(error),
        }
    }
}

/// The branch that a repository shows first.
///
/// # Errors
/// [`Error::CouldNotCheck`] when the repository does not answer, or has no branch.
pub async fn default_branch(source: &Source) -> Result<String> {
    let (_directory, git) = repository()?;
    let args = ["ls-remote", "--quiet", "--symref", &source.url, "HEAD"];
    let deadline = Instant::now() + TIME;
    let asked = ask(&git, source, &args, &[], deadline, &Counter::default()).await?;
    let answer = match asked {
        Asked::Done(bytes) => bytes,
        Asked::NoSuchRef | Asked::Refused(_) => Vec::new(),
    };
    let text = String::from_utf8_lossy(&answer);
    let branch = |line: &str| {
        line.strip_prefix("ref: refs/heads/")
            .and_then(|rest| rest.strip_suffix("\tHEAD"))
            .map(str::to_owned)
    };
    text.lines().find_map(branch).ok_or_else(|| {
        Error::CouldNotCheck(format!(
            "{} does not say which branch is the default one; name it with --branch",
            source.host()
        ))
    })
}

/// Somebody was faster: git says so before it sends anything, or the server does.
const FASTER_HERE: &[&str] = &[
    "fetch first",
    "non-fast-forward",
    "stale info",
    "remote ref updated",
];
const FASTER_THERE: &[&str] = &[
    "failed to update ref",
    "cannot lock ref",
    "failed to lock",
    "incorrect old value",
    "reference already exists",
    "non-fast-forward",
    "fetch first",
];
/// The server had a bad moment.
const TROUBLE: &[&str] = &[
    "Internal Server Error",
    "unpacker error",
    "failed to report status",
    "temporarily unavailable",
];

fn outcome(output: &Output, source: &Source) -> Pushed {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let redact = |text: &str| source.redacted(one_line(text));
    // `!<tab>from:to<tab>[remote rejected] (why)`
    let status = stdout.lines().find_map(|line| {
        let mut fields = line.splitn(3, '\t');
        let (flag, _refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
        (flag.len() == 1).then_some((flag, summary))
    });
    let Some((flag, summary)) = status else {
        return without_status(&output.stderr, source);
    };
    if flag != "!" {
        return if output.ok {
            Pushed::Landed
        } else {
            Pushed::Unsure(redact(&output.stderr))
        };
    }
    let says = |texts: &[&str]| texts.iter().any(|text| summary.contains(text));
    let said = redact(summary);
    if summary.starts_with("[rejected]") && says(FASTER_HERE) {
        Pushed::Faster { said, sent: false }
    } else if summary.starts_with("[remote rejected]") && says(FASTER_THERE) {
        Pushed::Faster { said, sent: true }
    } else if summary.starts_with("[remote rejected]") && !says(TROUBLE) {
        let said = redact(&format!("{summary}; {}", told(&output.stderr)));
        Pushed::Refused(Refusal {
            kind: No::Rules,
            said,
        })
    } else {
        Pushed::Unsure(said)
    }
}

/// Git did not come as far as asking for the branch, or heard nothing of it.
fn without_status(stderr: &str, source: &Source) -> Pushed {
    let git_says = |texts: &[&str]| {
        let mut lines = stderr.lines().filter(|line| !line.starts_with("remote:"));
        lines.any(|line| texts.iter().any(|text| line.contains(text)))
    };
    let kinds: &[(No, &[&str])] = &[
        (No::Forbidden, &["error: 403"]),
        (
            No::Unknown,
            &[
                "error: 401",
                "Authentication failed",
                "could not read Username",
                "could not read Password",
                "terminal prompts disabled",
            ],
        ),
        (
            No::Missing,
            &[
                "error: 404",
                "' not found",
                "does not appear to be a git repository",
            ],
        ),
        (
            No::Moved,
            &[
                "error: 301",
                "error: 302",
                "error: 307",
                "unable to update url base",
            ],
        ),
    ];
    let said = source.redacted(one_line(&format!("{}\n{stderr}", told(stderr))));
    match kinds.iter().find(|(_, texts)| git_says(texts)) {
        Some((kind, _)) => Pushed::Refused(Refusal { kind: *kind, said }),
        None => Pushed::Unsure(said),
    }
}

/// What the server says to people, without its decoration.
fn told(stderr: &str) -> String {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("remote:"));
    let told = |line: &str| line.trim().trim_start_matches("error:").trim().to_owned();
    lines
        .map(told)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stdout: &str, stderr: &str) -> Pushed {
        let output = Output {
            ok: stdout.starts_with([' ', '=', '*', '+']),
            stdout: format!("{stdout}\nDone\n").into_bytes(),
            stderr: stderr.into(),
        };
        let source = Source {
            url: "https://github.com/a/b".into(),
            token: Some("ghs_x".into()),
        };
        outcome(&output, &source)
    }

    fn kind(pushed: Pushed) -> No {
        match pushed {
            Pushed::Refused(refusal) => refusal.kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_answer_of_git_means_something() {
        for landed in [
            " \ta:b\t1..2",
            "=\ta:b\t[up to date]",
            "*\ta:b\t[new branch]",
            "+\ta:b\t1...2 (forced update)",
        ] {
            assert_eq!(of(landed, ""), Pushed::Landed, "{landed}");
        }
        for (text, sent) in [
            ("[rejected] (fetch first)", false),
            ("[rejected] (stale info)", false),
            ("[rejected] (non-fast-forward)", false),
            ("[remote rejected] (failed to update ref)", true),
            (
                "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
                true,
            ),
            ("[remote rejected] (incorrect old value provided)", true),
        ] {
            let said = text.to_owned();
            assert_eq!(
                of(&format!("!\ta:b\t{text}"), ""),
                Pushed::Faster { said, sent },
                "{text}"
            );
        }
        for unsure in [
            "!\ta:b\t[remote rejected] (Internal Server Error)",
            "!\ta:b\t[remote failure] (remote failed to report status)",
            "",
        ] {
            assert!(
                matches!(of(unsure, "fatal: the remote end hung up"), Pushed::Unsure(_)),
                "{unsure}"
            );
        }
    }

    #[test]
    fn a_no_of_the_server_is_final_and_quoted() {
        let stderr = "remote: error: GH013: Repository rule violations found for refs/heads/main.        \n\
            remote: \nremote: - Changes must be made through a pull request. \u{202e}ghs_x\n";
        let refused = of(
            "!\ta:b\t[remote rejected] (push declined due to repository rule violations)",
            stderr,
        );
        let Pushed::Refused(Refusal { kind, said }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(kind, No::Rules);
        assert_eq!(
            said,
            "[remote rejected] (push declined due to repository rule violations); GH013: Repository rule violations \
             found for refs/heads/main.; - Changes must be made through a pull request. ***"
        );
    }

    #[test]
    fn what_the_server_tells_people_decides_nothing() {
        assert_eq!(
            kind(of(
                "",
                "remote: x\nfatal: unable to access 'u': The requested URL returned error: 403"
            )),
            No::Forbidden
        );
        assert_eq!(
            kind(of(
                "",
                "fatal: could not read Username for 'u': terminal prompts disabled"
            )),
            No::Unknown
        );
        assert_eq!(kind(of("", "fatal: repository 'u/' not found")), No::Missing);
        assert_eq!(
            kind(of(
                "",
                "fatal: unable to access 'u': The requested URL returned error: 301"
            )),
            No::Moved
        );
        assert!(matches!(
            of(
                "",
                "remote: error: 403\nfatal: the remote end hung up unexpectedly"
            ),
            Pushed::Unsure(_)
        ));
    }
}
