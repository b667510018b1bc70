//! Where two DNA files differ first, in the words of the field: head, module, member, key. Never says which one is right.

use serde_json::{Map, Value};

use super::read::Dna;

/// Longest value that is shown, in characters.
const SHOWN: usize = 80;

/// A place where two files differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `module shop.cart, class Cart, function add, parameters 2, default`.
    pub place: String,
    /// What the one says there; nothing where it has no such key or entry.
    pub left: Option<String>,
    /// What the other says there.
    pub right: Option<String>,
}

/// The first difference in what two files say; none where they say the same in other bytes.
pub fn first(left: &Dna, right: &Dna) -> Option<Difference> {
    let head = |dna: &Dna| serde_json::to_value(&dna.head).unwrap_or_default();
    let body = |dna: &Dna| serde_json::to_value(&dna.body).unwrap_or_default();
    values(&head(left), &head(right), &mut vec!["head".to_owned()])
        .or_else(|| values(&body(left), &body(right), &mut Vec::new()))
}

fn values(left: &Value, right: &Value, place: &mut Vec<String>) -> Option<Difference> {
    match (left, right) {
        _ if left == right => None,
        (Value::Object(left), Value::Object(right)) => objects(left, right, place),
        (Value::Array(left), Value::Array(right)) => lists(left, right, place),
        _ => Some(at(place, Some(left), Some(right))),
    }
}

fn objects(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    place: &mut Vec<String>,
) -> Option<Difference> {
    // What is inside of something is told last: a member that has another line has that because of what is before it.
    let inner = |key: &&String| matches!(key.as_str(), "members" | "modules");
    let keys: Vec<&String> = left
        .keys()
        .chain(right.keys().filter(|key| !left.contains_key(*key)))
        .collect();
    let (last, first): (Vec<&String>, Vec<&String>) = keys.into_iter().partition(inner);
    for key in first.into_iter().chain(last) {
        let (ours, theirs) = (left.get(key), right.get(key));
        let named = matches!(key.as_str(), "members" | "modules");
        if !named {
            place.push(key.clone());
        }
        let found = match (ours, theirs) {
            (Some(ours), Some(theirs)) => values(ours, theirs, place),
            // A list that is empty is not written.
            (ours, theirs) if named => lists(list(ours), list(theirs), place),
            (ours, theirs) => Some(at(place, ours, theirs)),
        };
        if found.is_some() {
            return found;
        }
        if !named {
            place.pop();
        }
    }
    None
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn lists(left: &[Value], right: &[Value], place: &mut Vec<String>) -> Option<Difference> {
    for (number, (ours, theirs)) in left.iter().zip(right).enumerate() {
        if ours == theirs {
            continue;
        }
        let (one, other) = (name(ours), name(theirs));
        if one != other && (one.is_some() || other.is_some()) {
            // Where one list lacks an entry all others are shifted: that entry is the difference.
            let missing =
                |value: &Value, list: &[Value]| !list.iter().any(|entry| name(entry) == name(value));
            if missing(ours, &right[number..]) {
                place.push(one.unwrap_or_default());
                return Some(at(place, Some(&Value::from("is there")), None));
            }
            place.push(other.unwrap_or_default());
            let there = (!missing(theirs, &left[number..])).then(|| Value::from("is further below"));
            return Some(at(place, there.as_ref(), Some(&Value::from("is there"))));
        }
        place.push(one.unwrap_or_else(|| (number + 1).to_string()));
        let found = values(ours, theirs, place);
        if found.is_some() {
            return found;
        }
        place.pop();
    }
    let more = left.len().min(right.len());
    let (ours, theirs) = (left.get(more), right.get(more));
    let extra = ours.or(theirs)?;
    place.push(name(extra).unwrap_or_else(|| (more + 1).to_string()));
    let there = |value: Option<&Value>| value.map(|_| Value::from("is there"));
    Some(at(place, there(ours).as_ref(), there(theirs).as_ref()))
}

/// What a person calls an entry of a list.
fn name(entry: &Value) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let name = text("name")?;
    Some(match text("kind") {
        None if entry.get("path").is_some() => format!("module {name}"),
        Some(kind) if entry.get("line").is_some() || entry.get("members").is_some() => {
            format!("{} {name}", kind.replace('_', " "))
        }
        // A function's kind goes without saying, and so does a method's.
        None if entry.get("line").is_some() || entry.get("members").is_some() => format!("function {name}"),
        _ => format!("{name:?}"),
    })
}

fn at(place: &[String], left: Option<&Value>, right: Option<&Value>) -> Difference {
    let shown = |value: &Value| {
        let text = value.to_string();
        let mut short: String = text.chars().take(SHOWN).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    };
    Difference {
        place: place.join(", "),
        left: left.map(shown),
        right: right.map(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dna::head::tests::head;
    use crate::dna::record::{Body, Kind, Member, Module, Parameter};

    fn dna(change: impl FnOnce(&mut Dna)) -> Dna {
        let method = Member {
            kind: Kind::Method,
            name: "add".into(),
            line: 3,
            parameters: vec![Parameter {
                name: "n".into(),
                kind: None,
                annotation: None,
                default: Some("1".into()),
                implied: false,
            }],
            ..Member::default()
        };
        let class = Member {
            kind: Kind::Class,
            name: "Cart".into(),
            line: 2,
            members: vec![method],
            ..Member::default()
        };
        let module = |name: &'static str, members| Module {
            name: name.into(),
            path: format!("{}.py", name.replace('.', "/")).into(),
            members,
            ..Module::default()
        };
        let mut dna = Dna {
            head: head("shop", "1.0"),
            body: Body {
                modules: vec![module("shop", vec![]), module("shop.cart", vec![class])],
                ..Body::default()
            },
        };
        change(&mut dna);
        dna
    }

    fn said(left: &Dna, right: &Dna) -> Option<String> {
        let Difference { place, left, right } = first(left, right)?;
        let word = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        Some(format!("{place}: {} / {}", word(left), word(right)))
    }

    #[test]
    fn the_first_difference_has_a_place_in_the_words_of_the_field() {
        fn cart(dna: &mut Dna) -> &mut Member<'static> {
            &mut dna.body.modules[1].members[0]
        }
        let same = dna(|_| {});
        let against = |change: fn(&mut Dna)| said(&same, &dna(change)).unwrap();
        assert_eq!(first(&same, &same), None);
        assert_eq!(
            against(|dna| cart(dna).members[0].parameters[0].default = Some("2".into())),
            "module shop.cart, class Cart, function add, parameters, \"n\", default: \"1\" / \"2\""
        );
        assert_eq!(
            against(|dna| cart(dna).doc = Some("A cart.".into())),
            "module shop.cart, class Cart, doc: - / \"A cart.\""
        );
        assert_eq!(
            against(|dna| cart(dna).members.clear()),
            "module shop.cart, class Cart, function add: \"is there\" / -"
        );
        assert_eq!(
            against(|dna| drop(dna.body.modules.remove(0))),
            "module shop: \"is there\" / -"
        );
        assert_eq!(
            against(|dna| drop(dna.body.modules.pop())),
            "module shop.cart: \"is there\" / -"
        );
        assert_eq!(
            against(|dna| dna.body.modules.swap(0, 1)),
            "module shop.cart: \"is further below\" / \"is there\""
        );
        assert_eq!(
            against(|dna| dna.head.source.size += 1),
            "head, source, size: 13029123 / 13029124"
        );
        assert_eq!(
            against(|dna| dna.head.counts.files = 8),
            "head, counts, files: 0 / 8"
        );
        assert_eq!(
            against(|dna| drop(dna.body.public.insert("a".into(), "b".into()))),
            "public, a: - / \"b\""
        );
        assert_eq!(
            against(|dna| dna.body.unresolved.push("a".into())),
            "unresolved, 1: - / \"is there\""
        );
    }
}
