//! What `gistry verify` found of each file, for people and for programs. Never decides what it found.

use serde::Serialize;

use super::visible::visible;
use crate::model::name::PackageName;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its artifact gives the same bytes.
    Same,
    /// Its artifact gives other bytes.
    Differs,
    /// It is no whole DNA file.
    Damaged,
    /// It is called after something else than it is about.
    Misnamed,
    /// The package index has no such release or file any more.
    Gone,
    /// It could not be checked.
    Unchecked,
}

/// What was found of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The file, as it was named.
    pub path: String,
    /// The package, as its head says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageName>,
    /// The release, as its head says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The artifact, as its head says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// What became of it.
    pub state: State,
    /// Why, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where the first difference is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Place>,
    /// What is worth knowing besides, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// In the words of the field.
    pub place: String,
    /// What the file says; nothing where it has no such key.
    pub file: Option<String>,
    /// What the artifact gives.
    pub artifact: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    files: &'a [Verified],
}

/// For programs.
///
/// # Errors
/// Those of serde.
pub fn json(files: &[Verified]) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(&Answer { version: 1, files })?;
    Ok(format!("{text}\n"))
}

/// For people: a line a file, and below it what is to be known.
pub fn human(files: &[Verified]) -> String {
    let mut text = String::new();
    for file in files {
        let word = match file.state {
            State::Same => "same",
            State::Differs => "DIFFERS",
            State::Damaged => "DAMAGED",
            State::Misnamed => "MISNAMED",
            State::Gone => "GONE",
            State::Unchecked => "not checked",
        };
        text.push_str(&format!("{word:<11} {}", visible(&file.path)));
        if let (State::Same, Some(artifact)) = (file.state, &file.artifact) {
            text.push_str(&format!("  {}", visible(artifact)));
        }
        text.push('\n');
        let mut below = |line: &str| text.push_str(&format!("            {}\n", visible(line)));
        if let Some(message) = &file.message {
            below(message);
        }
        if let Some(Place {
            place,
            file,
            artifact,
        }) = &file.difference
        {
            below(place);
            let said = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
            below(&format!("  the file says      {}", said(file)));
            below(&format!("  the artifact gives {}", said(artifact)));
        }
        for note in &file.notes {
            below(&format!("note: {note}"));
        }
    }
    let wrong = files
        .iter()
        .filter(|file| !matches!(file.state, State::Same | State::Unchecked))
        .count();
    let open = files.iter().filter(|file| file.state == State::Unchecked).count();
    if files.len() != 1 {
        let all = files.len();
        text.push_str(&format!(
            "{all} files, {wrong} of them wrong, {open} not checked\n"
        ));
    }
    text
}

/// The documented exit code: what is wrong outweighs what could not be checked.
pub fn exit_code(files: &[Verified]) -> u8 {
    let any = |wanted: fn(State) -> bool| files.iter().any(|file| wanted(file.state));
    if any(|state| !matches!(state, State::Same | State::Unchecked)) {
        1
    } else if any(|state| state == State::Unchecked) {
        3
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(state: State) -> Verified {
        Verified {
            path: "shop/shop-1.0.msgpack".to_owned(),
            package: None,
            release: None,
            artifact: Some("shop-1.0.whl".to_owned()),
            state,
            message: Some("wh\u{1b}y".to_owned()),
            difference: None,
            notes: vec!["n".to_owned()],
        }
    }

    #[test]
    fn what_is_wrong_outweighs_what_could_not_be_checked() {
        let code = |states: &[State]| exit_code(&states.iter().copied().map(verified).collect::<Vec<_>>());
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[State::Same]), 0);
        assert_eq!(code(&[State::Same, State::Unchecked]), 3);
        for wrong in [State::Differs, State::Damaged, State::Misnamed, State::Gone] {
            assert_eq!(code(&[State::Unchecked, wrong, State::Same]), 1);
        }
    }

    #[test]
    fn a_file_is_told_without_control_characters() {
        let text = human(&[verified(State::Differs)]);
        assert!(text.starts_with("DIFFERS     shop/shop-1.0.msgpack\n"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("note: n"), "{text}");
        assert!(
            json(&[verified(State::Same)])
                .unwrap()
                .contains("\"state\": \"same\"")
        );
    }
}
