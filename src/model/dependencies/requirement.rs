//! One requirement: name, extras, versions or an address, marker (PEP 508). Never asks whether there is such a package.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::{Listed, PassedOver, Selection, Unreadable, Want, marker};
use crate::model::artifact::normalise;

/// Reads a requirement and sorts it in.
pub(super) fn requirement(
    text: &str,
    line: usize,
    selection: &Selection,
    into: &mut Listed,
) -> Result<(), Unreadable> {
    let wrong = |message: String| Unreadable { line, message };
    let mut pass_over = |why: &str| {
        into.passed_over.push(PassedOver {
            line,
            text: text.to_owned(),
            why: why.to_owned(),
        });
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let package = normalise(name).ok_or_else(|| wrong(format!("{name:?} is no name of a package")))?;
    let mut rest = rest.trim_start();
    // What an extra adds is in the package's own metadata, and not in this file.
    if let Some(after) = rest.strip_prefix('[') {
        let (_, after) = after
            .split_once(']')
            .ok_or_else(|| wrong("the bracket of the extras is not closed".to_owned()))?;
        rest = after.trim_start();
    }
    let is_address = rest.starts_with('@');
    // An address may have a semicolon; before a marker there is a space.
    let marker = if is_address {
        rest.find(" ;")
    } else {
        rest.find(';')
    };
    let (versions, marker) = match marker {
        Some(at) => (
            rest.get(..at).unwrap_or_default(),
            rest.get(at..)
                .map(|marker| marker.trim_start().trim_start_matches(';')),
        ),
        None => (rest, None),
    };
    if let Some(marker) = marker
        && !marker::fits(marker, selection).map_err(wrong)?
    {
        pass_over("its marker says that it is not for this Python and system");
        return Ok(());
    }
    if is_address {
        pass_over("it is at an address, and no release of a package index");
        return Ok(());
    }
    let versions = versions.trim();
    let versions = match versions.strip_prefix('(') {
        Some(inner) => inner
            .strip_suffix(')')
            .ok_or_else(|| wrong("the bracket of the versions is not closed".to_owned()))?,
        None => versions,
    };
    let versions =
        VersionSpecifiers::from_str(versions).map_err(|error| wrong(first_line(&error.to_string())))?;
    into.wants.push(Want {
        package,
        versions,
        line,
    });
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
