//! Tests of the nightly check's pure core: properties over many registries, states and answers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::line::module;
use super::*;
use crate::model::evidence::ModuleId;
use crate::model::file::File;
use crate::model::name::{GistId, Name, Timestamp};
use crate::model::path::RepoPath;

fn at(hours: i64) -> Timestamp {
    let start: DateTime<Utc> = "2026-11-21T03:00:00Z".parse().unwrap();
    Timestamp::new(start + TimeDelta::hours(hours))
}

fn gist(number: usize) -> GistId {
    GistId::parse(&format!("{number:032x}")).unwrap()
}

fn id(number: usize) -> ModuleId {
    module(&format!("@p{}/m{number}", number % 3)).unwrap()
}

/// So many modules of three publishers, with the account numbers 100 to 102.
fn registry(modules: usize) -> Registry {
    let mut texts = Vec::new();
    for publisher in 0..3 {
        let own: Vec<String> = (0..modules)
            .filter(|number| number % 3 == publisher)
            .map(|number| format!("\"m{number}\": {{\"gist\": \"{}\"}}", gist(number)))
            .collect();
        texts.push((
            format!("p{publisher}/registry.json"),
            format!("{{\"modules\": {{{}}}}}", own.join(",")),
        ));
        let owner = format!("{{\"login\": \"P{publisher}\", \"id\": {}}}", 100 + publisher);
        texts.push((format!("owners/p{publisher}.json"), owner));
    }
    let files: Vec<(RepoPath, File)> = texts
        .iter()
        .map(|(path, text)| (RepoPath::new(path), text))
        .map(|(path, text)| (path.clone(), File::regular(path.place(), text.as_bytes())))
        .collect();
    Registry::of(files.iter().map(|(path, file)| (path, file)))
}

fn alive(number: usize) -> Answer {
    let owner = GistOwner {
        id: 100 + (number % 3) as u64,
        login: crate::model::name::Login::parse(&format!("p{}", number % 3)).unwrap(),
    };
    Answer::There(
        Facts {
            public: true,
            owner: Some(owner),
        },
        Some(format!("W/\"{number}\"")),
    )
}

/// A night of a world in which these gists are dead: what was asked, and what is marked after it.
fn night(
    registry: &Registry,
    state: &mut State,
    lines: &Lines,
    now: &Timestamp,
    budget: u64,
    dead: &BTreeSet<usize>,
) -> (Plan, Lines, Changes) {
    let planned = plan(registry, state, now, budget);
    let answers: BTreeMap<GistId, Answer> = planned
        .gists
        .iter()
        .map(|gist| {
            let number = usize::from_str_radix(gist.as_str(), 16).unwrap();
            let known = state.gists.get(gist).is_some_and(|known| known.etag.is_some());
            let answer = match (dead.contains(&number), known) {
                (true, _) => Answer::Gone,
                (false, true) => Answer::Unchanged,
                (false, false) => alive(number),
            };
            (gist.clone(), answer)
        })
        .collect();
    let learned = fold(registry, lines, state, &answers, now);
    let answered: BTreeSet<GistId> = answers.into_keys().collect();
    settle(state, &planned, &answered, answered.len() as u64, now);
    let (lines, changes) = mark(registry, lines, state, &learned, now, false);
    (planned, lines, changes)
}

#[test]
fn a_night_begins_where_the_last_one_ended() {
    let (registry, mut state) = (registry(10), State::default());
    let mut asked = Vec::new();
    for round in 0..5 {
        let (planned, ..) = night(
            &registry,
            &mut state,
            &Lines::new(),
            &at(round * 24),
            4,
            &BTreeSet::new(),
        );
        asked.extend(planned.gists);
    }
    let expected: Vec<GistId> = (0..20).map(|number| gist(number % 10)).collect();
    assert_eq!(asked, expected);
}

#[test]
fn a_cursor_at_a_gist_that_is_not_there_any_more_does_no_harm() {
    let state = State {
        cursor: Some(gist(99)),
        ..State::default()
    };
    assert_eq!(
        plan(&registry(3), &state, &at(0), 9).gists,
        [gist(0), gist(1), gist(2)]
    );
}

#[test]
fn what_a_gist_is_confirmed_to_be_must_be_known() {
    let (registry, mut state) = (registry(1), State::default());
    let answers = BTreeMap::from([(gist(0), Answer::Unchanged)]);
    let learned = fold(&registry, &Lines::new(), &mut state, &answers, &at(0));
    assert_eq!((learned, state), (Learned::default(), State::default()));
}

#[test]
fn the_future_is_not_believed() {
    let registry = registry(1);
    let sighting = Sighting {
        gist: gist(0),
        state: Death::Gone,
        first: at(-100),
        last: at(100),
    };
    let pending = BTreeMap::from([("@p0/m0".to_owned(), sighting)]);
    let known = Known {
        asked: at(50),
        etag: None,
        facts: None,
    };
    let state = State {
        pending,
        gists: BTreeMap::from([(gist(0), known)]),
        ..State::default()
    };
    assert_eq!(
        plan(&registry, &state, &at(0), 9).gists.len(),
        1,
        "asked in the future is not asked"
    );
    let (lines, _) = mark(
        &registry,
        &Lines::new(),
        &state,
        &Learned::default(),
        &at(0),
        true,
    );
    assert!(lines.is_empty(), "seen in the future is not seen");
}

#[test]
fn lines_are_read_as_they_are_written() {
    let line = Line {
        gist: gist(7),
        state: Death::TakenOver,
        since: at(0),
    };
    let lines = Lines::from([(id(7), line)]);
    let text = write_lines(&lines);
    assert_eq!(read_lines(text.as_bytes()), (lines, vec![]));
    assert_eq!(read_lines(b"\n{}\n \nx"), (Lines::new(), vec![2, 4]));
}

#[test]
fn an_issue_is_found_by_what_it_says_it_is_about() {
    let line = |since| Line {
        gist: gist(0),
        state: Death::Gone,
        since,
    };
    let lines = Lines::from([(id(0), line(at(0))), (id(1), line(at(1)))]);
    let wish = |number, state, since| Wish {
        module: id(number),
        state,
        since,
    };
    let issue = |number, open, body| Found { number, open, body };
    let same = marker(&wish(0, Death::Gone, at(0)));
    assert_eq!(
        todo(
            &lines,
            None,
            &[
                issue(1, true, same.clone()),
                issue(2, true, marker(&wish(1, Death::Gone, at(1))))
            ]
        ),
        []
    );
    let found = [
        issue(1, false, marker(&wish(0, Death::Gone, at(-99)))),
        issue(2, true, marker(&wish(2, Death::Gone, at(0)))),
        issue(3, true, same.clone()),
        issue(4, true, MASS_MARKER.into()),
        issue(5, true, "words".into()),
    ];
    let expected = [
        Todo::CloseMass(4),
        Todo::Close(3, id(0)),
        Todo::Close(2, id(2)),
        Todo::Reopen(1, wish(0, Death::Gone, at(0))),
        Todo::Open(wish(1, Death::Gone, at(1))),
    ];
    assert_eq!(todo(&lines, None, &found), expected);
    // Somebody closed it, and nothing changed.
    assert_eq!(todo(&lines, None, &[issue(1, false, same)]).len(), 1);
    assert_eq!(todo(&Lines::new(), Some(30), &[]), [Todo::OpenMass(30)]);
    assert_eq!(
        todo(&Lines::new(), Some(30), &[issue(4, false, MASS_MARKER.into())]),
        [Todo::ReopenMass(4, 30)]
    );
}

static FOUR: std::sync::LazyLock<Registry> = std::sync::LazyLock::new(|| registry(4));

fn json() -> impl Strategy<Value = String> {
    let moment = prop_oneof![
        Just("2026-11-21T03:00:00Z"),
        Just("1970-01-01T00:00:00Z"),
        Just("x"),
        Just("+300000-01-01T00:00:00Z")
    ];
    let gists = "[0-9a-fg]{0,3}";
    (moment, gists, "[@a-z/]{0,6}", any::<u64>(), 0_u8..3, "\\PC{0,6}").prop_map(
        |(moment, gist, module, number, version, text)| {
            serde_json::json!({
                "version": version, "cursor": gist, "night": {"began": moment, "requests": number},
                "pending": {module: {"gist": "a", "state": "gone", "first": moment, "last": moment}},
                "gists": {gist: {"asked": moment, "etag": text, "facts": {"public": true, "owner": null}}},
                "accounts": {number.to_string(): {"asked": moment, "login": text}},
            })
            .to_string()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_state_panics_and_what_is_read_is_written_again(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            json().prop_map(String::into_bytes),
            (json(), any::<prop::sample::Index>()).prop_map(|(text, at)| text.as_bytes()[..at.index(text.len())].to_vec()),
        ],
        budget in 0_u64..9,
    ) {
        let (mut state, why) = State::read(&bytes);
        prop_assert!(why.is_none() || state == State::default());
        prop_assert_eq!(State::read(state.write().as_bytes()), (state.clone(), None));
        let (_, lines, _) = night(&FOUR, &mut state, &Lines::new(), &at(0), budget, &BTreeSet::from([1]));
        prop_assert!(lines.len() <= 1);
        prop_assert!(!lines.contains_key(&id(0)), "what is alive is never marked");
    }

    #[test]
    fn no_lines_panic(bytes in prop::collection::vec(any::<u8>(), 0..90), text in "\\{\"module\":\"[@a-z/]{0,9}\",\"gist\":\"[a-z]{0,2}\"\\}?") {
        let _ = (read_lines(&bytes), read_lines(text.as_bytes()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A world of many nights, in which gists die and come back and runs come when they come.
    #[test]
    fn whatever_happens_the_rules_hold(
        modules in 1_usize..40,
        runs in prop::collection::vec((1_i64..40, 0_u64..30, prop::collection::btree_set(0_usize..40, 0..6)), 1..12),
    ) {
        let registry = registry(modules);
        let (mut state, mut lines, mut now) = (State::default(), Lines::new(), 0);
        let mut seen: BTreeMap<usize, i64> = BTreeMap::new();
        let mut spent: Vec<(i64, u64)> = Vec::new();
        for (pause, budget, dead) in runs {
            now += pause;
            let began = state.night(&at(now)).began;
            let (planned, after, changes) = night(&registry, &mut state, &lines, &at(now), budget, &dead);
            // Never more than the budget of a night, whoever shares it; nothing asked twice in one run.
            spent.push((began.moment().timestamp(), planned.gists.len() as u64));
            let of_night: u64 = spent.iter().filter(|(start, _)| *start == began.moment().timestamp()).map(|(_, count)| count).sum();
            prop_assert!(planned.gists.len() as u64 <= budget || planned.gists.is_empty());
            prop_assert!(planned.gists.is_empty() || of_night <= budget);
            prop_assert_eq!(planned.gists.iter().collect::<BTreeSet<_>>().len(), planned.gists.len());
            // Nothing dead by one observation.
            for gist in &planned.gists {
                let number = usize::from_str_radix(gist.as_str(), 16).unwrap();
                if dead.contains(&number) {
                    seen.entry(number).or_insert(now);
                } else {
                    seen.remove(&number);
                    prop_assert!(!after.contains_key(&id(number)), "alive and marked");
                }
            }
            for module in &changes.marked {
                let number: usize = module.name.as_str()[1..].parse().unwrap();
                prop_assert!(now - seen[&number] >= 24, "{module:?} at {now}");
            }
            prop_assert!(changes.marked.len() <= tolerated(modules));
            // Once more, and nothing is new.
            let again = mark(&registry, &after, &state, &Learned::default(), &at(now), false);
            prop_assert_eq!(&again.0, &after);
            lines = after;
        }
    }
}
