//! kill -9 at random moments, in a working tree and while pushing: nothing is half done, and the next run succeeds. Slow, so ignored.

// The seed, so that a failure can be had again.
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use gistry_standin::Edit;

use crate::index::{JOB_TOKEN, gistry, indexed, is_fresh, publisher, run};
use crate::registry::*;

/// How often a run is killed, in a working tree and again while pushing.
const MOMENTS: u64 = 100;

/// Numbers without a pattern (splitmix64), from a seed that is said, so that a failure can be had again.
struct Numbers(u64);

impl Numbers {
    fn new() -> Self {
        let seed = std::env::var("GISTRY_TEST_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let now = || {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap()
                .as_nanos()
        };
        let seed = seed.unwrap_or_else(|| u64::try_from(now() & u128::from(u64::MAX)).unwrap());
        eprintln!("GISTRY_TEST_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Starts it and kills it after a while, with every git that it started or without; whether it was still at work.
fn kill(mut command: Command, after: Duration, with_children: bool) -> bool {
    use std::os::unix::process::CommandExt;

    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let mut child = command.spawn().unwrap();
    let end = Instant::now() + after;
    while Instant::now() < end && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let at_work = child.try_wait().unwrap().is_none();
    if at_work && with_children {
        let group = format!("-{}", child.id());
        let killed = Command::new("kill")
            .args(["-KILL", "--", &group])
            .status()
            .unwrap();
        assert!(killed.success());
    }
    // On Unix this is SIGKILL.
    let _ = child.kill();
    child.wait().unwrap();
    at_work
}

/// Nothing in a repository is damaged. While a push comes in that a killed run had begun, git's own check sees objects that
/// are not there yet; damage stays.
fn is_sound(repository: &Path) {
    let mut said = String::new();
    for _ in 0..40 {
        let check = ["fsck", "--strict", "--no-dangling", "--no-progress"];
        let output = Command::new("git")
            .args(check)
            .current_dir(repository)
            .output()
            .unwrap();
        if output.status.success() {
            return;
        }
        said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        std::thread::sleep(Duration::from_millis(250));
    }
    panic!("{}: {said}", repository.display());
}

/// How long a whole run takes, as the upper end of the moments.
fn whole(command: Command) -> u64 {
    let start = Instant::now();
    run(command, 0);
    u64::try_from(start.elapsed().as_micros()).unwrap() * 11 / 10
}

/// What every publisher's file is at some step.
fn change(numbers: &mut Numbers, step: u64) -> (String, String) {
    let login = format!("user{}", numbers.below(60));
    let name = format!("step{step}");
    (
        format!("{login}/registry.json"),
        publisher(&login, &["json-utils", &name]),
    )
}

/// Everything below `index/` and `osv/` and INDEX.json can be read by whoever reads it now.
fn every_file_is_whole(top: &Path) {
    for (path, bytes) in everything(top) {
        let below = path.strip_prefix(top).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let generated = ["index", "osv", "INDEX.json"]
            .iter()
            .any(|start| below.starts_with(start));
        // A temporary file is nobody's; the next run takes it away.
        if !generated || name.starts_with(".gistry-") {
            continue;
        }
        let lines: Vec<&[u8]> = match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .collect(),
            Some("zip") => continue,
            _ => vec![&bytes],
        };
        assert_eq!(bytes.last(), Some(&b'\n'), "{}", path.display());
        for line in lines {
            let read = serde_json::from_slice::<serde_json::Value>(line);
            assert!(read.is_ok(), "{} is half a file", path.display());
        }
    }
}

/// What matters of a working tree: all of it but git's own.
fn tree(top: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let git = top.join(".git");
    everything(top)
        .into_iter()
        .filter(|(path, _)| !path.starts_with(&git))
        .collect()
}

#[test]
#[ignore = "slow: kills a hundred runs; CI runs it"]
fn a_killed_index_leaves_a_tree_that_the_next_run_completes() {
    let (registry, mut numbers) = (indexed(60), Numbers::new());
    let clone = registry.clone("clone", &[]);
    let mut killed = 0;
    let mut longest = 0;
    for step in 0..MOMENTS {
        // Without an index everything is written; with one, a file or two. Now and then the cache is gone.
        if numbers.below(2) == 0 {
            let _ = std::fs::remove_dir_all(clone.join("index"));
        }
        if numbers.below(4) == 0 {
            let _ = std::fs::remove_dir_all(clone.join(".git/gistry"));
        }
        let (path, text) = change(&mut numbers, step);
        std::fs::write(clone.join(path), text).unwrap();
        let index = || gistry(&registry, &["index", "--allow-shrink"], &clone, JOB_TOKEN);
        if step == 0 {
            longest = whole(index());
            let _ = std::fs::remove_dir_all(clone.join("index"));
        }
        killed += u32::from(kill(
            index(),
            Duration::from_micros(numbers.below(longest)),
            step % 2 == 0,
        ));
        every_file_is_whole(&clone);
        // Another run may be killed, too.
        if numbers.below(3) > 0 {
            run(index(), 0);
            run(gistry(&registry, &["index", "--check"], &clone, JOB_TOKEN), 0);
            let left = tree(&clone);
            assert!(
                left.keys()
                    .all(|path| !path.to_string_lossy().contains("/.gistry-")),
                "a temporary file was left"
            );
            // The very same as where there was never an index and never a cache.
            let _ = std::fs::remove_dir_all(clone.join("index"));
            let _ = std::fs::remove_dir_all(clone.join(".git/gistry"));
            run(index(), 0);
            assert!(left == tree(&clone), "step {step}: another tree than a fresh one");
        }
    }
    is_sound(&clone);
    git(&clone, &["add", "-A"]);
    assert!(
        u64::from(killed) > MOMENTS / 4,
        "only {killed} of {MOMENTS} were at work"
    );
}

#[test]
#[ignore = "slow: kills a hundred runs; CI runs it"]
fn a_killed_push_leaves_clone_and_registry_whole() {
    let (registry, mut numbers) = (indexed(60), Numbers::new());
    let clones = [
        registry.clone("shallow", &["--depth=1"]),
        registry.clone("whole", &[]),
    ];
    let untouched: Vec<_> = clones.iter().map(|clone| tree(clone)).collect();
    let (mut killed, mut longest) = (0, 0);
    for step in 0..MOMENTS {
        let (path, text) = change(&mut numbers, step);
        registry.repo.commit_on("main", [Edit::write(path, text)]);
        let clone = &clones[usize::try_from(numbers.below(2)).unwrap()];
        let push = || gistry(&registry, &["index", "--push"], clone, JOB_TOKEN);
        if step == 0 {
            longest = whole(push());
            continue;
        }
        killed += u32::from(kill(
            push(),
            Duration::from_micros(numbers.below(longest)),
            step % 2 == 0,
        ));
        // Whatever git was told before may still come through: that is a race as any other.
        is_sound(&registry.repo.git_dir());
        if numbers.below(3) > 0 {
            run(push(), 0);
            let said = run(push(), 0);
            assert!(
                !said.contains("pushed"),
                "step {step}: a second run found something to do: {said}"
            );
        }
    }
    run(gistry(&registry, &["index", "--push"], &clones[0], JOB_TOKEN), 0);
    is_fresh(&registry, "fresh");
    for (clone, before) in clones.iter().zip(untouched) {
        assert!(tree(clone) == before, "the working tree was touched");
        is_sound(clone);
        git(clone, &["fetch", "-q"]);
    }
    assert!(
        u64::from(killed) > MOMENTS / 4,
        "only {killed} of {MOMENTS} were at work"
    );
}
