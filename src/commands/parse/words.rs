//! What a person types after `gistry parse`: packages, their versions, repositories at a tag. Never asks whether they exist.

use crate::error::{Error, Result};
use crate::model::name::{Name, Repository};
use crate::model::packages::Pick;
use crate::model::version::Version;

/// What is to be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A package of the index, or one release of it.
    Package(Pick),
    /// A repository of GitHub at a tag.
    Repository(Repository, String),
}

/// Reads the words; each may hold several, as a workflow's input does.
///
/// # Errors
/// Wrong usage, naming the word.
pub fn read(words: &[String]) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    // The package that versions belong to, and whether one was named.
    let mut open: Option<Pick> = None;
    let words = words
        .iter()
        .flat_map(|word| word.split(|letter: char| letter.is_whitespace() || letter == ','));
    for word in words.filter(|word| !word.is_empty()) {
        if let Some(pick) = &mut open
            && is_version(word)
        {
            let version = Pick {
                version: Some(word.trim_start_matches(['v', 'V']).to_owned()),
                ..pick.clone()
            };
            // The first version takes the place of the package alone.
            match targets.last_mut() {
                Some(Target::Package(last)) if last == pick => *last = version,
                _ => targets.push(Target::Package(version)),
            }
            continue;
        }
        let target = one(word)?;
        open = match &target {
            Target::Package(pick) if pick.version.is_none() => Some(pick.clone()),
            _ => None,
        };
        targets.push(target);
    }
    let mut seen: Vec<Target> = Vec::new();
    targets.retain(|target| {
        let new = !seen.contains(target);
        seen.push(target.clone());
        new
    });
    Ok(targets)
}

fn one(word: &str) -> Result<Target> {
    let Some((repository, tag)) = word.split_once('@') else {
        if word.contains('/') {
            return Err(Error::Usage(format!("{word}: at which tag? write {word}@TAG")));
        }
        let pick = Pick::parse(word).map_err(|invalid| Error::Usage(format!("{word:?} is {invalid}")))?;
        return Ok(Target::Package(pick));
    };
    let good = !tag.is_empty()
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'/'))
        && !tag
            .split('/')
            .any(|part| part.is_empty() || part.starts_with(['.', '-']))
        && !tag.contains("..");
    match Repository::parse(repository) {
        Ok(repository) if good => Ok(Target::Repository(repository, tag.to_owned())),
        _ => Err(Error::Usage(format!("{word:?} is no owner/repo@tag"))),
    }
}

/// Whether a word after a package is a version of it.
fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    digits.starts_with(|first: char| first.is_ascii_digit()) && Version::new(digits).is_pep440()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let show = |target: &Target| match target {
            Target::Package(pick) => pick.to_string(),
            Target::Repository(repository, tag) => format!("{repository} at {tag}"),
        };
        match read(&words) {
            Ok(targets) => targets.iter().map(show).collect(),
            Err(error) => vec![format!("error: {error}")],
        }
    }

    #[test]
    fn versions_belong_to_the_package_before_them() {
        assert_eq!(
            shown(&["pandas", "2.2.0", "v2.1", "Requests", "numpy==1.26.3", "2to3"]),
            [
                "pandas==2.2.0",
                "pandas==2.1",
                "requests",
                "numpy==1.26.3",
                "2to3"
            ]
        );
        assert_eq!(
            shown(&["pandas 2.2.0,\n requests", "", "pandas"]),
            ["pandas==2.2.0", "requests", "pandas"]
        );
        assert_eq!(
            shown(&["pandas", "pandas", "1.0", "1.0"]),
            ["pandas", "pandas==1.0"]
        );
        assert_eq!(shown(&["psf/requests@v2.31.0"]), ["psf/requests at v2.31.0"]);
    }

    #[test]
    fn what_is_neither_is_named() {
        for bad in [
            "psf/requests",
            "a/b@",
            "a/b@../x",
            "a@1",
            "-x",
            "ä",
            "a/b@-x",
            "a/b@x//y",
        ] {
            assert!(shown(&[bad])[0].starts_with("error: "), "{bad}");
        }
    }
}
