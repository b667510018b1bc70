//! Random edits: after each of them an index made with a cache in git is the one made without one outside, whatever is committed, staged or
//! neither; its folders are as git itself would record them, and `--check` agrees. Never looks at what else is in it; that is for the
//! other tests.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use crate::place::{Place, advisories, dna, publisher};

/// Something that happens to a registry, between two runs.
#[derive(Debug, Clone)]
enum Edit {
    Publisher(u8, Vec<u8>),
    Yank(u8),
    Break(u8, u8),
    Drop(u8),
    Advisory(u8, u8),
    BadAdvisory(u8),
    DropAdvisory(u8),
    Week(u8, u8),
    DropWeek(u8),
    Release(u8, u8),
    BadRelease(u8, u8),
    DropRelease(u8, u8),
    Settings(u8),
    Garble(u8),
    Lose(u8),
    Move(u8),
    Mode(u8),
    Commit,
    Stage,
    StageOne(u8),
    Unstage,
    Intend,
    Forget,
    Remember,
    Recall,
}

const LOGINS: [&str; 4] = ["a", "Bob", "carol-x", "dave"];
const PACKAGES: [&str; 2] = ["numpy", "x"];
const VERSIONS: [&str; 4] = ["1.0", "2.0", "10.0", "11.0rc1"];

fn edit() -> impl Strategy<Value = Edit> {
    let (who, any) = (0..4_u8, 0..8_u8);
    prop_oneof![
        4 => (who.clone(), prop::collection::vec(0..6_u8, 0..5)).prop_map(|(who, modules)| Edit::Publisher(who, modules)),
        1 => who.clone().prop_map(Edit::Yank),
        2 => (who.clone(), 0..6_u8).prop_map(|(who, how)| Edit::Break(who, how)),
        1 => who.clone().prop_map(Edit::Drop),
        1 => (who.clone(), any.clone()).prop_map(|(who, id)| Edit::Advisory(who, id)),
        1 => who.clone().prop_map(Edit::BadAdvisory),
        1 => who.prop_map(Edit::DropAdvisory),
        1 => (1..4_u8, any.clone()).prop_map(|(week, count)| Edit::Week(week, count)),
        1 => (1..4_u8).prop_map(Edit::DropWeek),
        2 => (0..2_u8, 0..4_u8).prop_map(|(package, version)| Edit::Release(package, version)),
        1 => (0..2_u8, 0..4_u8).prop_map(|(package, version)| Edit::BadRelease(package, version)),
        1 => (0..2_u8, 0..4_u8).prop_map(|(package, version)| Edit::DropRelease(package, version)),
        1 => (0..3_u8).prop_map(Edit::Settings),
        1 => any.clone().prop_map(Edit::Garble),
        1 => any.clone().prop_map(Edit::Lose),
        1 => (0..3_u8).prop_map(Edit::Move),
        1 => (0..4_u8).prop_map(Edit::Mode),
        2 => Just(Edit::Commit),
        1 => Just(Edit::Stage),
        1 => any.prop_map(Edit::StageOne),
        1 => Just(Edit::Unstage),
        1 => Just(Edit::Intend),
        1 => Just(Edit::Forget),
        1 => Just(Edit::Remember),
        1 => Just(Edit::Recall),
    ]
}

fn file(who: u8) -> String {
    format!("{}/registry.json", LOGINS[usize::from(who)])
}

fn release(package: u8, version: u8) -> (String, &'static str, &'static str) {
    let (package, version) = (PACKAGES[usize::from(package)], VERSIONS[usize::from(version)]);
    (format!("{package}/{package}-{version}.msgpack"), package, version)
}

/// A file of the index that is there, by number.
fn generated(place: &Place, number: u8) -> Option<String> {
    let tree = place.tree();
    let ours = |path: &&String| {
        path.starts_with("index/")
            || path.starts_with("osv/")
            || path.contains("-latest")
            || *path == "INDEX.json"
    };
    let files: Vec<String> = tree.keys().filter(ours).cloned().collect();
    files.get(usize::from(number) * files.len() / 8).cloned()
}

fn apply(place: &Place, edit: &Edit) {
    match edit {
        Edit::Publisher(who, modules) => {
            let names = ["one", "two", "three", "four", "five-5", "six"];
            let gists = ["a", "aa", "ab12", "ab12", "c0ffee", "0"];
            let modules: Vec<(&str, &str)> = modules
                .iter()
                .map(|at| (names[usize::from(*at)], gists[usize::from(*at)]))
                .collect();
            place.write(&file(*who), &publisher(LOGINS[usize::from(*who)], &modules));
        }
        Edit::Yank(who) if place.at(&file(*who)).is_file() => {
            // Broken before, it may be no text.
            let bytes = std::fs::read(place.at(&file(*who))).unwrap();
            let text =
                String::from_utf8_lossy(&bytes).replacen("\"tags\"", "\"yanked\": \"old\", \"tags\"", 1);
            place.write(&file(*who), &text);
        }
        Edit::Break(who, how) => {
            let text = std::fs::read_to_string(place.at(&file(*who))).unwrap_or_else(|_| "{}".into());
            match how {
                0 => place.write(&file(*who), text.get(..text.len() / 2).unwrap_or("{")),
                1 => place.write(&file(*who), &format!("<<<<<<< HEAD\n{text}")),
                2 => place.link(&file(*who), "registry.json"),
                3 => place.write(&file(*who), &text.replacen("\"gist\": \"", "\"gist\": \"no ", 1)),
                4 => place.bytes(&file(*who), b"\xff\xfe{"),
                _ => place.write(&file(*who), "{\"modules\": []}"),
            }
        }
        Edit::Drop(who) => place.remove(&file(*who)),
        Edit::Advisory(who, id) => {
            let login = LOGINS[usize::from(*who)];
            place.write(
                &format!("{login}/advisories.json"),
                &advisories(login, &format!("MLLD-{id}00"), "one"),
            );
        }
        Edit::BadAdvisory(who) => place.write(
            &format!("{}/advisories.json", LOGINS[usize::from(*who)]),
            "{\"advisories\": [{}]}",
        ),
        Edit::DropAdvisory(who) => place.remove(&format!("{}/advisories.json", LOGINS[usize::from(*who)])),
        Edit::Week(week, count) => {
            let line =
                format!("{{\"module\":\"@bob/one\",\"event\":\"install\",\"ci\":false,\"count\":{count}}}\n");
            let text = if *count == 0 { "broken" } else { &line };
            place.write(&format!("stats/2026/W0{week}.jsonl"), text);
        }
        Edit::DropWeek(week) => place.remove(&format!("stats/2026/W0{week}.jsonl")),
        Edit::Release(package, version) => {
            let (path, package, version) = release(*package, *version);
            place.bytes(&path, &dna(package, version));
        }
        Edit::BadRelease(package, version) => place.write(&release(*package, *version).0, "half a f"),
        Edit::DropRelease(package, version) => place.remove(&release(*package, *version).0),
        Edit::Settings(how) => {
            let text = ["", "[registry]\nname = \"mlld\"\n", "[registry"][usize::from(*how)];
            place.write("registry.toml", text);
        }
        Edit::Garble(number) => {
            if let Some(path) = generated(place, *number) {
                place.write(&path, "<<<<<<< HEAD\n");
            }
        }
        Edit::Lose(number) => {
            if let Some(path) = generated(place, *number) {
                place.remove(&path);
            }
        }
        // There and back again.
        Edit::Move(what) => {
            let (one, other) = [("a", "a-b"), ("Bob", "_Bob"), ("numpy", "numpy2")][usize::from(*what)];
            let (from, to) = if place.at(one).is_dir() {
                (one, other)
            } else {
                (other, one)
            };
            if place.at(from).is_dir() && !place.at(to).exists() {
                std::fs::rename(place.at(from), place.at(to)).unwrap();
            }
        }
        Edit::Mode(who) => {
            let at = place.at(&file(*who));
            if std::fs::symlink_metadata(&at).is_ok_and(|data| data.is_file()) {
                std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        // Git's own, and the cache's.
        Edit::Yank(_) | Edit::Commit | Edit::Stage | Edit::StageOne(_) | Edit::Unstage | Edit::Intend => {}
        Edit::Forget | Edit::Remember | Edit::Recall => {}
    }
}

/// What happens in the clone alone: nothing that an index may depend on.
fn beside(place: &Place, edit: &Edit) {
    let (cache, other) = (place.at(".git/gistry/index.cache"), place.at(".git/other.cache"));
    match edit {
        Edit::Commit => place.commit(),
        Edit::Stage => drop(place.git(&["add", "-A"])),
        Edit::StageOne(number) => {
            let paths: Vec<String> = place.tree().into_keys().collect();
            if let Some(path) = paths.get(usize::from(*number) * paths.len() / 8) {
                place.git(&["add", "--", path]);
            }
        }
        Edit::Unstage => drop(place.git(&["reset", "-q"])),
        Edit::Intend => drop(place.git(&["add", "-N", "."])),
        Edit::Forget => drop(std::fs::remove_file(cache)),
        // The cache of an earlier run comes back.
        Edit::Remember => drop(std::fs::copy(cache, other)),
        Edit::Recall => drop(std::fs::copy(other, cache)),
        _ => {}
    }
}

/// The folders of `index/folder/` with the ids that they have there.
fn claimed(place: &Place) -> BTreeMap<String, String> {
    let tree = place.tree();
    let files = tree.iter().filter(|(path, _)| path.starts_with("index/folder/"));
    let folders = files.flat_map(|(_, text)| {
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        file["folders"].as_object().unwrap().clone()
    });
    folders
        .map(|(name, id)| (name, id.as_str().unwrap().to_owned()))
        .collect()
}

/// The same as git itself would record them.
fn recorded(place: &Place) -> BTreeMap<String, String> {
    // Git's index as it is stays as it is.
    let (index, kept) = (place.at(".git/index"), place.at(".git/kept"));
    let had = std::fs::copy(&index, &kept).is_ok();
    place.git(&["add", "-A"]);
    let root = place.git(&["write-tree"]);
    let listed = place.git(&["ls-tree", "-d", &root]);
    let (from, to) = if had { (kept, index) } else { (index, kept) };
    std::fs::rename(from, to).unwrap();
    let folder = |line: &str| {
        let (head, name) = line.split_once('\t').unwrap();
        let is_listed =
            name == "advisories" || !name.starts_with('_') && !["index", "osv", "stats"].contains(&name);
        is_listed.then(|| (name.to_owned(), head.rsplit(' ').next().unwrap().to_owned()))
    };
    listed.lines().filter_map(folder).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn with_a_cache_in_git_is_without_one_outside(plain in any::<bool>(), steps in prop::collection::vec(prop::collection::vec(edit(), 1..5), 1..7)) {
        let (kept, cold) = (Place::new(), Place::new());
        kept.git(&["init", "-q"]);
        // The one we read ourselves, the other one git does.
        kept.git(&["config", "index.version", if plain { "2" } else { "4" }]);
        for edits in &steps {
            for edit in edits {
                apply(&kept, edit);
                apply(&cold, edit);
                beside(&kept, edit);
            }
            let (one, other) = (kept.index(&["--allow-shrink"]), cold.index(&["--allow-shrink"]));
            prop_assert!(one.code <= 1, "{one:?}");
            prop_assert_eq!((one.code, &one.stdout), (other.code, &other.stdout));
            prop_assert_eq!(kept.tree(), cold.tree());
            prop_assert_eq!(claimed(&kept), recorded(&kept));
            for place in [&kept, &cold] {
                let told = place.told(&["--check"]);
                prop_assert_eq!(&told["current"], true, "{}", told);
            }
            let told = kept.told(&[]);
            prop_assert_eq!(&told["files"]["written"], 0, "{}", told);
        }
    }
}
