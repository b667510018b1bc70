//! What is listed with doubts is what git lists by itself, whatever happens to a working tree.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::super::checkout::Checkout;
use super::*;
use crate::model::listing::Listing;
use crate::model::progress::Silent;

fn git(at: &Path, words: &[&str]) {
    let mut command = Command::new("git");
    for (name, value) in [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")] {
        command.env(name, value);
    }
    let settings = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    command.args(settings).args(words).current_dir(at);
    // Where a step cannot be, it is none.
    command.output().ok();
}

/// Makes everything as old as that, and has git look at it.
fn age(at: &Path, old: Duration) {
    let long_ago = SystemTime::now() - old;
    for entry in std::fs::read_dir(at).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && entry.file_name() != ".git" {
            age(&entry.path(), old);
        } else if kind.is_file() {
            File::open(entry.path()).unwrap().set_modified(long_ago).unwrap();
        }
    }
}

const OLD: Duration = Duration::from_secs(3600);
const WITHOUT: &[&str] = &["docs", "none"];

/// What is listed with doubts alone, and what git lists by itself.
fn both(at: &Path) -> (Listing, Listing, Option<Doubts>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let list = || {
        let found = runtime.block_on(Checkout::find(at)).unwrap().unwrap();
        let listed = runtime
            .block_on(Checkout::list(&found, WITHOUT, &Silent, |_| ()))
            .unwrap();
        (
            listed.0.listing().clone(),
            look(&found, WITHOUT, &Silent).map(|(_, doubts)| doubts),
        )
    };
    let (quick, doubts) = list();
    // One of version 4 is not read, and so git tells all.
    git(at, &["update-index", "--index-version", "4"]);
    let (whole, none) = list();
    assert_eq!(none, None);
    git(at, &["update-index", "--index-version", "2"]);
    (quick, whole, doubts)
}

/// One thing that happens to a working tree.
#[derive(Debug, Clone)]
enum Step {
    Write(String, u8),
    /// With the time of what was there.
    Forge(String, u8),
    Delete(String),
    Folder(String),
    Link(String, u8),
    Executable(String),
    Repository(String),
    Pipe(String),
    Git(&'static [&'static str], String),
    Commit,
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec![
        "a",
        "b",
        "a.b",
        "ignored",
        "docs",
        "x y",
        "\u{e9}",
        ".gitignore",
    ]);
    let path = prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"));
    let words = prop::sample::select(vec![
        &["update-index", "--assume-unchanged"][..],
        &["update-index", "--chmod=+x"],
        &["add", "-N"],
        &["add"],
        &["rm", "-q", "-r", "--cached"],
    ]);
    prop_oneof![
        6 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Step::Write(path, byte % 3)),
        2 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Step::Forge(path, byte % 3)),
        2 => path.clone().prop_map(Step::Delete),
        1 => path.clone().prop_map(Step::Folder),
        1 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Step::Link(path, byte % 3)),
        1 => path.clone().prop_map(Step::Executable),
        1 => path.clone().prop_map(Step::Repository),
        1 => path.clone().prop_map(Step::Pipe),
        2 => (words, path).prop_map(|(words, path)| Step::Git(words, path)),
        2 => Just(Step::Commit),
    ]
}

fn take(top: &Path, step: &Step) {
    let write = |path: &str, byte: u8| {
        let at = top.join(path);
        // To write into a pipe would take for ever.
        if std::fs::metadata(&at).is_ok_and(|data| !data.is_file()) {
            return at;
        }
        std::fs::create_dir_all(at.parent().unwrap()).ok();
        // An empty one, too; and ".gitignore" holds what has a meaning there.
        std::fs::write(&at, ["", "ignored\n", "!a\n"][usize::from(byte)]).ok();
        at
    };
    let gone = |path: &str| {
        let at = top.join(path);
        std::fs::remove_file(&at).ok();
        std::fs::remove_dir_all(&at).ok();
        at
    };
    match step {
        Step::Write(path, byte) => drop(write(path, *byte)),
        Step::Forge(path, byte) => {
            let time = std::fs::metadata(top.join(path)).and_then(|data| data.modified());
            let at = write(path, *byte);
            if at.is_file()
                && let (Ok(time), Ok(file)) = (time, File::open(at))
            {
                file.set_modified(time).ok();
            }
        }
        Step::Delete(path) => drop(gone(path)),
        Step::Folder(path) => drop(std::fs::create_dir_all(gone(path))),
        Step::Link(path, byte) => drop(symlink(["a", "b", "/nowhere"][usize::from(*byte)], gone(path))),
        Step::Executable(path) => {
            std::fs::set_permissions(top.join(path), PermissionsExt::from_mode(0o755)).ok();
        }
        Step::Repository(path) => {
            let at = gone(path);
            std::fs::create_dir_all(&at).ok();
            git(top, &["init", "-q", path]);
            std::fs::write(at.join("b"), "").ok();
            git(&at, &["add", "b"]);
            git(&at, &["commit", "-q", "-m", "x"]);
        }
        // So would git's reading of what is to be ignored.
        Step::Pipe(path) if path.ends_with(".gitignore") => {}
        Step::Pipe(path) => drop(Command::new("mkfifo").arg(gone(path)).output()),
        Step::Git(words, path) => git(top, &[*words, &["--", path]].concat()),
        Step::Commit => {
            git(top, &["add", "-A"]);
            git(top, &["commit", "-q", "-m", "x"]);
        }
    }
}

#[test]
fn little_is_doubted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    git(at, &["init", "-q", "-b", "main"]);
    for name in ["a/f", "a/g", "b/f", "empty", "docs/f", "docs-2/f"] {
        std::fs::create_dir_all(at.join(name).parent().unwrap()).unwrap();
        std::fs::write(at.join(name), if name == "empty" { "" } else { name }).unwrap();
    }
    symlink("a", at.join("link")).unwrap();
    age(at, OLD);
    take(at, &Step::Commit);
    let check = |known: &[&str], new: &[&str]| {
        let (quick, whole, doubts) = both(at);
        assert_eq!(quick, whole);
        let texts = |paths: &[&str]| paths.iter().map(|path| path.as_bytes().to_vec()).collect();
        let (known, new) = (texts(known), texts(new));
        assert_eq!(doubts, Some(Doubts { known, new }));
    };
    check(&[], &[]);
    std::fs::write(at.join("a/g"), "A/G").unwrap();
    std::fs::write(at.join("a/h"), "").unwrap();
    std::fs::create_dir_all(at.join("new/er")).unwrap();
    std::fs::write(at.join("new/er/f"), "").unwrap();
    std::fs::remove_file(at.join("b/f")).unwrap();
    std::fs::write(at.join("docs/f"), "not looked at").unwrap();
    std::fs::write(at.join("docs-2/f"), "looked at").unwrap();
    check(&["a/g", "b/f", "docs-2/f"], &["a/h", "new"]);
    // What has another time, and the same bytes, is read.
    std::fs::write(at.join("a/g"), "a/g").unwrap();
    check(&["b/f", "docs-2/f"], &["a/h", "new"]);
    // More than git is asked about one by one.
    for number in 0..100 {
        std::fs::write(at.join(format!("b/{number:03}")), "").unwrap();
    }
    let (quick, whole, doubts) = both(at);
    assert_eq!(quick, whole);
    assert_eq!(doubts.unwrap().new.len(), 102);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_listed_is_what_git_lists(before in prop::collection::vec(step(), 0..20), after in prop::collection::vec(step(), 0..8)) {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        git(at, &["init", "-q", "-b", "main"]);
        before.iter().for_each(|step| take(at, step));
        age(at, OLD);
        take(at, &Step::Commit);
        after.iter().for_each(|step| take(at, step));
        let (quick, whole, _) = both(at);
        prop_assert_eq!(quick, whole);
    }
}
