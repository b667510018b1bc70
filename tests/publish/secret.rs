//! The token of a push: in git's environment and nowhere else. Each inner test runs in a process of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::registry::*;

/// Set where the inner test runs in a process of its own.
const AGAIN: &str = "GISTRY_TEST_AGAIN";

#[test]
fn the_token_is_in_no_command_line_no_file_and_no_log() {
    let dir = tempfile::tempdir().unwrap();
    let (log, temporary) = (dir.path().join("log"), dir.path().join("tmp"));
    fs::create_dir(&temporary).unwrap();
    // A `git` before the real one, which looks around when it is called and when it is done.
    let path = std::env::var_os("PATH").unwrap();
    let find = |dir: std::path::PathBuf| Some(dir.join("git")).filter(|git| git.is_file());
    let real = std::env::split_paths(&path).find_map(find).unwrap();
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let look = format!(
        "grep -rlE '{JOB}|{CODED}' \"$TMPDIR\" | sed 's/^/file /' >> {}",
        log.display()
    );
    let text = format!(
        "#!/bin/sh\necho \"argv $*\" >> {0}\nenv | sed 's/^/env /' >> {0}\n{look}\n{1} \"$@\"\ncode=$?\n{look}\nexit $code\n",
        log.display(),
        real.display()
    );
    script(&bin.join("git"), &text);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "secret::inner_push", "--ignored", "--nocapture"])
        .env(AGAIN, "yes")
        .env(
            "PATH",
            std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap(),
        )
        .env("TMPDIR", &temporary)
        .env("GIT_TRACE_CURL", dir.path().join("trace"))
        .env("GIT_TRACE_CURL_NO_DATA", "0")
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains(JOB) && !said.contains(CODED), "{said}");
    let log = fs::read_to_string(log).unwrap();
    let lines = |kind: &str| {
        log.lines()
            .filter(|line| line.starts_with(kind))
            .collect::<Vec<_>>()
    };
    let argv = lines("argv ");
    assert!(argv.iter().any(|line| line.contains(" push ")), "{argv:?}");
    assert!(
        argv.iter()
            .all(|line| !line.contains(JOB) && !line.contains(CODED)),
        "{argv:?}"
    );
    assert_eq!(lines("file "), Vec::<&str>::new());
    assert!(
        lines("env ").iter().any(|line| line.contains(CODED)),
        "or it was not looked for well"
    );
    assert!(!dir.path().join("trace").exists());
    // The repository in which commits are made is gone with us.
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
}

/// The middle of the token as it is sent: base64 of `x-access-token:ghs_job_secret`.
const CODED: &str = "eC1hY2Nlc3MtdG9rZW46Z2hz";

#[tokio::test]
#[ignore = "run by the_token_is_in_no_command_line_no_file_and_no_log"]
async fn inner_push() {
    if std::env::var_os(AGAIN).is_none() {
        return;
    }
    let registry = Registry::new();
    let clone = registry.clone("clone", &["--depth=1"]);
    registry.repo.on_request("POST", "/git-upload-pack", 2, |repo| {
        repo.commit_on("main", [gistry_standin::Edit::write("other", "x")]);
    });
    let (notes, source) = (Notes::default(), registry.source(JOB));
    publish_file(&clone, &source, "mine/registry.json", "1", &notes)
        .await
        .unwrap();
    assert_eq!(notes.take().len(), 2);
    registry.repo.protect("main");
    let refused = publish_file(&clone, &source, "mine/again.json", "1", &notes).await;
    assert!(!refused.unwrap_err().to_string().contains("secret"));
}

fn script(at: &Path, text: &str) {
    fs::write(at, text).unwrap();
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).unwrap();
}
