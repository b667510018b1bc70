//! `gistry index --push` against a repository over HTTP: on the newest commit whatever the clone has, and never against others. Never
//! touches the clone's files.

use gistry_standin::{Edit, Repo, Standin};

use crate::place::{Place, Run, publisher};

const TOKEN: &str = "ghs_job";

/// A registry on the stand-in with 30 publishers, and whoever pushes to it.
struct Remote {
    gh: Standin,
    repo: Repo,
}

impl Remote {
    fn new() -> Self {
        let gh = Standin::start();
        gh.token(TOKEN).installation();
        gh.allow_writes();
        let file = |number: u32| {
            let login = format!("user{number}");
            (
                format!("{login}/registry.json"),
                publisher(&login, &[("one", &format!("a{number}"))]),
            )
        };
        let repo = gh.repo("acme/registry").files((0..30).map(file)).create();
        Self { gh, repo }
    }

    fn clone(&self, options: &[&str]) -> Place {
        let place = Place::new();
        let url = self.repo.clone_url();
        place.git(&[&["clone", "-q"], options, &[&url, "."]].concat());
        place
    }

    fn push(&self, place: &Place, args: &[&str]) -> Run {
        let url = self.gh.url();
        let words = [
            "index",
            "--push",
            "--repo",
            "acme/registry",
            "--api-url",
            &url,
            "--server-url",
            &url,
        ];
        place.gistry(&[&words[..], args].concat(), &[("GITHUB_TOKEN", TOKEN)])
    }

    fn merge(&self, login: &str, module: &str) {
        let text = publisher(login, &[(module, "abcd")]);
        self.repo
            .commit_on("main", [Edit::write(format!("{login}/registry.json"), text)]);
    }

    fn commits(&self) -> u32 {
        self.repo.git(&["rev-list", "--count", "main"]).parse().unwrap()
    }

    /// That the branch's index is the one that a fresh clone makes of it.
    fn assert_current(&self) {
        let fresh = self.clone(&[]);
        let told = fresh.told(&["--check"]);
        assert_eq!(told["current"], true, "{told}");
    }
}

#[test]
fn the_newest_commit_gets_its_index_and_the_clone_stays_as_it_is() {
    let remote = Remote::new();
    for (options, module) in [(&["--depth=1"][..], "two"), (&[], "three")] {
        let place = remote.clone(options);
        remote.merge("late", module);
        place.write("user1/registry.json", "{ broken, and nobody's business");
        let (before, commits) = (place.tree(), remote.commits());
        let run = remote.push(&place, &[]);
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!((place.tree(), remote.commits()), (before, commits + 1));
        remote.assert_current();
        let message = remote.repo.git(&["log", "-1", "--format=%an: %B", "main"]);
        assert!(
            message.starts_with("gistry[bot]: Rebuild the index") && message.contains("[skip ci]"),
            "{message}"
        );
        let run = remote.push(&place, &[]);
        assert!(run.code == 0 && remote.commits() == commits + 1, "{run:?}");
    }
}

#[test]
fn many_at_once_and_merges_between_them_lose_nothing() {
    let remote = Remote::new();
    let places: Vec<Place> = (0..4).map(|_| remote.clone(&["--depth=1"])).collect();
    std::thread::scope(|scope| {
        for place in &places {
            scope.spawn(|| {
                let run = remote.push(place, &[]);
                assert_eq!(run.code, 0, "{run:?}");
            });
        }
        for number in 0..4 {
            remote.merge(&format!("new{number}"), "one");
        }
    });
    assert_eq!(remote.push(&places[0], &[]).code, 0);
    remote.assert_current();
    for number in 0..4 {
        assert!(
            remote
                .repo
                .read("main", &format!("new{number}/registry.json"))
                .is_some()
        );
    }
}

#[test]
fn what_would_lose_too_much_is_not_pushed_and_what_is_broken_is_said() {
    let remote = Remote::new();
    let place = remote.clone(&[]);
    assert_eq!(remote.push(&place, &[]).code, 0);
    let commits = remote.commits();
    let gone: Vec<Edit> = (0..10)
        .map(|number| Edit::delete(format!("user{number}/registry.json")))
        .collect();
    remote.repo.commit_on("main", gone);
    let run = remote.push(&place, &[]);
    assert!(
        run.code == 1 && run.stdout.contains("@user3/one") && remote.commits() == commits + 1,
        "{run:?}"
    );
    let run = remote.push(&place, &["--allow-shrink"]);
    assert!(run.code == 0 && remote.commits() == commits + 2, "{run:?}");
    remote.repo.commit_on(
        "main",
        [
            Edit::write("user20/registry.json", "{"),
            Edit::write("user21/registry.json", publisher("user21", &[("x", "ee")])),
        ],
    );
    let run = remote.push(&place, &[]);
    assert!(
        run.code == 1 && run.stdout.contains("--> user20/registry.json:1"),
        "{run:?}"
    );
    assert_eq!(remote.commits(), commits + 4);
    let carried = remote
        .repo
        .read("main", "index/publisher/us/er/user20.json")
        .unwrap();
    assert!(String::from_utf8(carried).unwrap().contains("\"carried\": true"));
}
