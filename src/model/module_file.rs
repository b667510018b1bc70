//! Which file of a gist is the module. The one place that decides it; never judges whether the file is good.

use super::evidence::{Ask, Evidence, Fact, Gist, GistFile};
use super::publisher::Module;

/// What was found out about a module's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'g> {
    /// This one.
    File(&'g GistFile),
    /// The gist has no file of the name that the module gives.
    Missing,
    /// The gist has no file at all.
    Empty,
    /// Several files, none of which ends like a module.
    NoModule,
    /// Several files that could be meant.
    Ambiguous(Vec<&'g GistFile>),
    /// GitHub lists only a part of the gist's files, so that it cannot be told.
    Unseen,
}

/// The question whose answer holds the module's file: the gist at the revision that the module names, else as it is now.
pub fn ask(module: &Module) -> Ask {
    let gist = module.gist.value.clone();
    match &module.revision {
        Some(revision) => Ask::GistAt(gist, revision.value.clone()),
        None => Ask::Gist(gist),
    }
}

/// The gist that holds the module's file, where it is known.
pub fn gist<'e>(module: &Module, evidence: &'e Evidence) -> Option<&'e Gist> {
    match evidence.fact(&ask(module))? {
        Fact::Gist(gist) => Some(gist),
        _ => None,
    }
}

/// Which file of the gist is the module: the one that it names, else the only one, else the only one with an
/// extension of modules.
pub fn choose<'g>(module: &Module, gist: &'g Gist, extensions: &[String]) -> Choice<'g> {
    if let Some(name) = &module.file {
        return match gist.files.iter().find(|file| file.name == *name.value) {
            Some(file) => Choice::File(file),
            None if gist.more_files => Choice::Unseen,
            None => Choice::Missing,
        };
    }
    let ends = |file: &&GistFile| {
        let name = file.name.to_ascii_lowercase();
        extensions
            .iter()
            .any(|extension| name.ends_with(&extension.to_ascii_lowercase()))
    };
    match &gist.files[..] {
        [] => Choice::Empty,
        [only] if !gist.more_files => Choice::File(only),
        files => {
            let candidates: Vec<&GistFile> = files.iter().filter(ends).collect();
            match candidates[..] {
                [_, _, ..] => Choice::Ambiguous(candidates),
                _ if gist.more_files => Choice::Unseen,
                [only] => Choice::File(only),
                [] => Choice::NoModule,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::File;
    use crate::model::name::{GistId, Name};
    use crate::model::path::Place;

    fn chosen(file: Option<&str>, files: &[&str], more_files: bool) -> String {
        let file = file.map_or(String::new(), |file| format!(r#","file":"{file}""#));
        let text = format!(r#"{{"modules":{{"a":{{"gist":"ab"{file}}}}}}}"#);
        let place = Place::PublisherModules {
            folder: "alice".into(),
        };
        let publisher = File::regular(place, text.as_bytes());
        let module = &publisher.publisher().unwrap().modules[0];
        let files = files.iter().map(|name| GistFile {
            name: (*name).to_owned(),
            size: 1,
            sha256: None,
        });
        let gist = Gist {
            id: GistId::parse("ab").unwrap(),
            public: true,
            owner: None,
            files: files.collect(),
            more_files,
            revision: None,
        };
        match choose(module, &gist, &[".mld".to_owned(), ".mld.md".to_owned()]) {
            Choice::File(file) => file.name.clone(),
            other => format!("{other:?}")
                .split('(')
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    #[test]
    fn the_module_is_found_or_it_is_said_why_not() {
        for (file, files, more, expected) in [
            (None, &["readme.txt"][..], false, "readme.txt"),
            (None, &["a.txt", "b.MLD"], false, "b.MLD"),
            (None, &["a.md", "b.mld.md"], false, "b.mld.md"),
            (None, &["a.mld", "b.mld.md"], false, "Ambiguous"),
            (None, &["a.txt", "b.txt"], false, "NoModule"),
            (None, &[], false, "Empty"),
            (None, &["a.mld"], true, "Unseen"),
            (None, &["a.mld", "b.mld"], true, "Ambiguous"),
            (Some("b.txt"), &["a.mld", "b.txt"], true, "b.txt"),
            (Some("c"), &["a.mld"], false, "Missing"),
            (Some("A.mld"), &["a.mld"], false, "Missing"),
            (Some("c"), &["a.mld"], true, "Unseen"),
        ] {
            assert_eq!(chosen(file, files, more), expected, "{file:?} {files:?} {more}");
        }
    }
}
