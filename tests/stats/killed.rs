//! kill -9 at random moments of a fold in a folder: the next run finishes, and the files are those of one undisturbed run. Slow, so ignored.

// The seed, so that a failure can be had again.
#![allow(clippy::print_stderr)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::*;

/// How often a run is killed.
const MOMENTS: u64 = 150;

/// Numbers without a pattern (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn batches() -> Vec<Shared> {
    let weeks = ["2026-W43", "2026-W44", "2026-W45", "2026-W46"];
    let one = |(account, week): (u64, &str)| {
        let id = own_id(account, week);
        let rows: Vec<String> = (0..20)
            .map(|n| {
                row(
                    &format!("@a/m{}", (account + n) % 50),
                    "install",
                    n % 2 == 0,
                    n + 1,
                )
            })
            .collect();
        let text = batch(&id, week, &rows);
        Shared {
            week: week.into(),
            id,
            account,
            text,
        }
    };
    weeks
        .iter()
        .flat_map(|week| (1..60).map(move |account| (account, *week)))
        .map(one)
        .collect()
}

fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gistry"));
    command
        .args(FOLD)
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
#[ignore = "slow: kills hundreds of runs"]
fn whoever_is_killed_leaves_nothing_half_done() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = std::env::var("GISTRY_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(now.subsec_nanos().into());
    eprintln!("GISTRY_TEST_SEED={seed}");
    let mut numbers = Numbers(seed);
    let batches = batches();
    let whole = tempfile::tempdir().unwrap();
    put(whole.path(), &batches);
    let start = Instant::now();
    assert!(command(whole.path()).status().unwrap().success());
    let length = u64::try_from(start.elapsed().as_micros()).unwrap();
    let expected = files(&whole.path().join("stats"));
    assert_eq!(expected.len(), 8, "{:?}", expected.keys());
    let (mut killed, mut journals) = (0, 0);
    for _ in 0..MOMENTS {
        let temp = tempfile::tempdir().unwrap();
        put(temp.path(), &batches);
        loop {
            let mut child = command(temp.path()).spawn().unwrap();
            let end = Instant::now() + Duration::from_micros(numbers.below(length * 11 / 10));
            while Instant::now() < end && child.try_wait().unwrap().is_none() {
                std::hint::spin_loop();
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            journals += u32::from(temp.path().join("stats/.journal").exists());
            if numbers.below(3) == 0 {
                assert!(command(temp.path()).status().unwrap().success());
                break;
            }
        }
        let found: BTreeMap<_, _> = files(&temp.path().join("stats"))
            .into_iter()
            // A temporary file of somebody who was killed is nobody's.
            .filter(|(path, _)| !path.rsplit('/').next().unwrap().starts_with(".tmp"))
            .collect();
        assert_eq!(found, expected);
    }
    eprintln!("{killed} runs were killed, {journals} of them with a journal written");
    assert!(killed > 50 && journals > 5, "{killed} {journals}");
}
