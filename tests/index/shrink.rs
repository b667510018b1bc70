//! An index that would lose too much is refused, with the names of what would be lost. Never asks whether that was meant.

use crate::place::{Place, publisher};

/// A registry of that many publishers with ten modules each, indexed.
fn registry(publishers: usize) -> Place {
    let place = Place::new();
    for number in 0..publishers {
        write(&place, number, 10);
    }
    assert_eq!(place.index(&[]).code, 0);
    place
}

fn write(place: &Place, number: usize, modules: usize) {
    let names: Vec<String> = (0..modules).map(|module| format!("module-{module}")).collect();
    let modules: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "ab")).collect();
    place.write(
        &format!("user{number}/registry.json"),
        &publisher(&format!("user{number}"), &modules),
    );
}

#[test]
fn six_percent_less_is_refused_with_the_names() {
    let place = registry(20);
    let before = place.tree();
    place.remove("user3");
    write(&place, 4, 8);
    let run = place.index(&[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("from 200 to 188 modules"), "{run:?}");
    for name in [
        "@user3/module-0",
        "@user3/module-9",
        "@user4/module-8",
        "--allow-shrink",
    ] {
        assert!(run.stdout.contains(name), "{name}: {run:?}");
    }
    let told = place.told(&[]);
    assert_eq!(told["refused"]["lost"].as_array().unwrap().len(), 12);
    let now = place.tree();
    assert!(
        before
            .iter()
            .filter(|(path, _)| path.starts_with("index"))
            .all(|(path, text)| now.get(path) == Some(text))
    );
    assert_eq!(place.index(&["--allow-shrink"]).code, 0);
    assert_eq!(place.json("INDEX.json")["stats"]["total_modules"], 188);
    assert_eq!(place.index(&[]).code, 0);
}

#[test]
fn a_loss_is_seen_where_the_index_lost_it_too() {
    let place = registry(20);
    for number in 0..2 {
        place.remove(&format!("user{number}"));
        place.remove(&format!("index/publisher/us/er/user{number}.json"));
    }
    let run = place.index(&[]);
    assert!(
        run.code == 1 && run.stdout.contains("from 200 to 180 modules"),
        "{run:?}"
    );
}

#[test]
fn a_little_less_is_no_reason() {
    let place = registry(20);
    place.remove("user3");
    assert_eq!(place.index(&[]).code, 0);
    let small = registry(1);
    write(&small, 0, 1);
    assert_eq!(small.index(&[]).code, 0);
    assert_eq!(small.told(&[])["removed"], serde_json::json!([]));
}
