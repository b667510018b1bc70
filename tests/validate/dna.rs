//! DNA files in pull requests: whatever is not exactly what its artifact gives is refused, and what is beyond a limit is for a maintainer.

use gistry_standin::{Edit, Fault, Repo};

use gistry_standin::package_index::{File, PackageIndex};

use crate::stage::offered::{self, Wheel, offer, settings};
use crate::stage::{REGISTRY, Run, Stage};

struct Shop {
    stage: Stage,
    index: PackageIndex,
    repo: Repo,
    wheel: Wheel,
}

fn shop(more: &str) -> Shop {
    let (stage, index) = (Stage::new(), PackageIndex::start());
    let wheel = offer(&index, "shop", "1.0", "A shop.");
    let repo = stage.registry_with([settings(&index, more)]);
    stage.gh.allow_writes();
    Shop {
        stage,
        index,
        repo,
        wheel,
    }
}

impl Shop {
    /// A pull request by somebody who publishes nothing, judged.
    fn bring(&self, files: &[(&str, &[u8])]) -> Run {
        let edits = files
            .iter()
            .map(|(path, bytes)| Edit::write(*path, bytes.to_vec()));
        let number = self.repo.pull("carol").edits(edits).open();
        let run = self.stage.validate(number);
        self.repo.close(number);
        run
    }
}

fn told(run: &Run) -> (i32, &str, Vec<String>) {
    (run.code, run.verdict(), run.findings())
}

#[test]
fn a_file_that_its_artifact_gives_again_passes() {
    let shop = shop("");
    let run = shop.bring(&[(&shop.wheel.path(), &shop.wheel.dna())]);
    assert_eq!(told(&run), (0, "pass", vec![]), "{}", run.all());
    let asked = shop.index.take_asked();
    let files = asked.iter().filter(|line| line.contains("/files/")).count();
    assert_eq!(files, 1, "{asked:?}");
}

#[test]
fn a_file_that_was_altered_in_one_byte_never_passes() {
    let shop = shop("");
    let good = shop.wheel.dna();
    // In the docstring of the class: a sound file, that says something else.
    let at = good.windows(7).position(|part| part == b"A cart.").unwrap();
    let places = [0, 1, 8, 30, 200, good.len() / 2, at, good.len() - 1];
    for (number, at) in places.into_iter().enumerate() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let run = shop.bring(&[(&shop.wheel.path(), &bad)]);
        assert_eq!((run.code, run.verdict()), (1, "fail"), "byte {at}: {}", run.all());
        let findings = run.findings();
        assert!(
            !findings.is_empty() && findings.iter().all(|finding| finding.starts_with("error dna-")),
            "{findings:?}"
        );
        if number == 6 {
            assert_eq!(findings, ["error dna-reproducible shop/shop-1.0.msgpack"]);
        }
    }
    let cut = shop.bring(&[(&shop.wheel.path(), &good[..good.len() - 1])]);
    assert_eq!((cut.code, cut.verdict()), (1, "fail"), "{}", cut.all());
}

#[test]
fn a_file_of_another_artifact_is_refused() {
    let shop = shop("");
    // Of the same release, and really made from what the index offers: but not from the file that is chosen.
    let linux = "shop-1.0-cp312-cp312-manylinux_2_17_x86_64.whl";
    let other = offer(&PackageIndex::start(), "shop", "1.0", "Another shop.");
    shop.index
        .add(File::new("shop", linux, other.bytes.clone()).uploaded(Some("2024-01-20T02:10:33Z")));
    let run = shop.bring(&[(&shop.wheel.path(), &other.made(None, linux))]);
    assert_eq!(
        told(&run),
        (
            1,
            "fail",
            vec!["error dna-artifact shop/shop-1.0.msgpack".to_owned()]
        ),
        "{}",
        run.all()
    );
    // It says that it is of the chosen one, and is of another.
    let claimed = other.dna();
    let run = shop.bring(&[(&shop.wheel.path(), &claimed)]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    let lie = offered::with_head(&claimed, |head| {
        head.source = gistry::dna::read(&shop.wheel.dna()).unwrap().head.source;
    });
    let run = shop.bring(&[(&shop.wheel.path(), &lie)]);
    let wanted = vec!["error dna-reproducible shop/shop-1.0.msgpack".to_owned()];
    assert_eq!(told(&run), (1, "fail", wanted), "{}", run.all());
}

#[test]
fn a_file_under_a_wrong_name_is_refused() {
    let shop = shop("");
    let dna = shop.wheel.dna();
    for path in [
        "till/till-1.0.msgpack",
        "shop/shop-1.1.msgpack",
        "shop/shop-1.0.0.msgpack",
    ] {
        let run = shop.bring(&[(path, &dna)]);
        assert_eq!(
            told(&run),
            (1, "fail", vec![format!("error dna-name {path}")]),
            "{}",
            run.all()
        );
    }
    let run = shop.bring(&[("Shop/Shop-1.0.msgpack", &dna)]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    assert!(
        run.findings()
            .contains(&"error dna-name Shop/Shop-1.0.msgpack".to_owned())
    );
    // One release, spelled in another way throughout.
    let spelled = offered::with_head(&dna, |head| head.release = "1.0.0".to_owned());
    let run = shop.bring(&[("shop/shop-1.0.0.msgpack", &spelled)]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
}

#[test]
fn a_file_of_another_dna_version_is_refused() {
    let shop = shop("");
    let newer = offered::with_head(&shop.wheel.dna(), |head| head.dna_version += 1);
    let run = shop.bring(&[(&shop.wheel.path(), &newer)]);
    let wanted = vec!["error dna-format shop/shop-1.0.msgpack".to_owned()];
    assert_eq!(told(&run), (1, "fail", wanted), "{}", run.all());
    assert!(shop.index.take_asked().is_empty(), "nobody is asked about it");
}

#[test]
fn a_file_that_no_registry_takes_is_refused() {
    let shop = shop("");
    let dna = shop.wheel.dna();
    for change in [
        |head: &mut gistry::dna::Head| head.source.origin = "github".to_owned(),
        |head: &mut gistry::dna::Head| head.profile = "with-tests".to_owned(),
    ] {
        let run = shop.bring(&[(&shop.wheel.path(), &offered::with_head(&dna, change))]);
        assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
        assert!(
            run.findings()
                .contains(&"error dna-format shop/shop-1.0.msgpack".to_owned())
        );
    }
}

#[test]
fn a_release_that_was_deleted_is_refused_and_one_that_was_yanked_must_say_so() {
    let shop = shop("");
    shop.index.yank(&shop.wheel.file, Some("broken"));
    let run = shop.bring(&[(&shop.wheel.path(), &shop.wheel.dna())]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    let run = shop.bring(&[(&shop.wheel.path(), &shop.wheel.marked(Some("broken")))]);
    assert_eq!(told(&run), (0, "pass", vec![]), "{}", run.all());
    shop.index.remove(&shop.wheel.file);
    let run = shop.bring(&[(&shop.wheel.path(), &shop.wheel.dna())]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    assert!(
        run.findings()
            .contains(&"error dna-artifact shop/shop-1.0.msgpack".to_owned())
    );
}

#[test]
fn a_release_in_the_registry_takes_a_mark_and_no_other_change() {
    let shop = shop("");
    shop.repo
        .commit_on("main", [Edit::write(shop.wheel.path(), shop.wheel.dna())]);
    shop.index.yank(&shop.wheel.file, Some("broken"));
    let marked = shop.wheel.marked(Some("broken"));
    let run = shop.bring(&[(&shop.wheel.path(), &marked)]);
    assert_eq!(told(&run), (0, "pass", vec![]), "{}", run.all());
    let changed = offered::with_docstring(&marked, "Buy here.");
    let run = shop.bring(&[(&shop.wheel.path(), &changed)]);
    assert_eq!((run.code, run.verdict()), (1, "fail"), "{}", run.all());
    let findings = run.findings();
    for rule in ["dna-reproducible", "immutable-release"] {
        assert!(
            findings.contains(&format!("error {rule} shop/shop-1.0.msgpack")),
            "{findings:?}"
        );
    }
}

#[test]
fn what_is_beyond_a_limit_is_for_a_maintainer() {
    let shop = shop("[limits]\ndna_files = 3\ndna_quota = 4\n");
    let wheels: Vec<Wheel> = (1..=4)
        .map(|n| offer(&shop.index, "till", &format!("{n}.0"), "A till."))
        .collect();
    let files: Vec<(String, Vec<u8>)> = wheels.iter().map(|wheel| (wheel.path(), wheel.dna())).collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, dna)| (path.as_str(), dna.as_slice()))
        .collect();
    shop.index.take_asked();
    let run = shop.bring(&files);
    assert_eq!(
        told(&run),
        (4, "review", vec!["review dna-reproducible".to_owned()]),
        "{}",
        run.all()
    );
    let asked = shop.index.take_asked();
    assert!(!asked.iter().any(|line| line.contains("/files/")), "{asked:?}");
    // Four files were brought today, the limit is four.
    let run = shop.bring(&files[..1]);
    assert_eq!(
        told(&run),
        (4, "review", vec!["review dna-reproducible".to_owned()]),
        "{}",
        run.all()
    );
    let asked = shop.index.take_asked();
    assert!(!asked.iter().any(|line| line.contains("/files/")), "{asked:?}");
}

#[test]
fn an_artifact_beyond_the_limit_is_for_a_maintainer_and_is_not_downloaded() {
    let shop = shop("[limits]\nartifact_bytes = 100\n");
    let run = shop.bring(&[(&shop.wheel.path(), &shop.wheel.dna())]);
    assert_eq!((run.code, run.verdict()), (4, "review"), "{}", run.all());
    assert!(
        run.findings()
            .contains(&"review dna-artifact shop/shop-1.0.msgpack".to_owned()),
        "{}",
        run.all()
    );
    let asked = shop.index.take_asked();
    assert!(!asked.iter().any(|line| line.contains("/files/")), "{asked:?}");
}

#[test]
fn a_package_index_that_does_not_answer_leaves_the_verdict_open() {
    let shop = shop("");
    let edits = [Edit::write(shop.wheel.path(), shop.wheel.dna())];
    let number = shop.repo.pull("carol").edits(edits).open();
    let number = number.to_string();
    let words = ["validate", "--repo", REGISTRY, "--pull", &number, "--budget", "3"];
    for (path, open) in [
        ("/simple/**", vec!["dna-artifact", "dna-reproducible"]),
        ("/files/**", vec!["dna-reproducible"]),
    ] {
        shop.index.fault("*", path, Fault::Status(404), None);
        let run = shop.stage.gistry(&words);
        if path == "/files/**" {
            assert_eq!(
                (run.code, run.verdict()),
                (3, "undecided"),
                "{path}: {}",
                run.all()
            );
            assert_eq!(run.not_run(), open, "{path}");
        } else {
            // The index says that there is no such package.
            assert_eq!((run.code, run.verdict()), (1, "fail"), "{path}: {}", run.all());
        }
        shop.index.clear_faults();
    }
    shop.index.fault(
        "*",
        "/simple/**",
        Fault::Json(200, serde_json::json!({"files": 7})),
        None,
    );
    let run = shop.stage.gistry(&words);
    assert_eq!((run.code, run.verdict()), (3, "undecided"), "{}", run.all());
    assert_eq!(run.not_run(), ["dna-artifact", "dna-reproducible"]);
}

#[test]
fn before_a_push_the_same_is_said() {
    let shop = shop("");
    let folder = shop.stage.temp.path().join("clone");
    let git = |words: &[&str]| {
        let done = std::process::Command::new("git")
            .args(words)
            .current_dir(shop.stage.temp.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["clone", "-q", &shop.repo.clone_url(), folder.to_str().unwrap()]);
    std::fs::create_dir(folder.join("shop")).unwrap();
    let write = |bytes: &[u8]| std::fs::write(folder.join(shop.wheel.path()), bytes).unwrap();
    let run = |more: &[&str]| {
        let words = [
            "validate",
            "--base",
            "origin/main",
            "--as",
            "carol",
            "--dir",
            folder.to_str().unwrap(),
        ];
        shop.stage.gistry(&[&words, more].concat())
    };
    write(&shop.wheel.dna());
    let good = run(&["--repo", REGISTRY]);
    assert_eq!(told(&good), (0, "pass", vec![]), "{}", good.all());
    let offline = run(&["--offline"]);
    assert_eq!(
        (offline.code, offline.verdict()),
        (3, "undecided"),
        "{}",
        offline.all()
    );
    assert!(offline.not_run().contains(&"dna-reproducible".to_owned()));
    let local = run(&["--local"]);
    assert_eq!((local.code, local.verdict()), (0, "pass"), "{}", local.all());
    assert!(
        local
            .stdout
            .contains("dna-reproducible: needs the network (--local)"),
        "{}",
        local.all()
    );
    write(&offered::with_docstring(&shop.wheel.dna(), "Buy here."));
    let bad = run(&["--repo", REGISTRY]);
    assert_eq!((bad.code, bad.verdict()), (1, "fail"), "{}", bad.all());
}
