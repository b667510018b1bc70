//! pyproject.toml (PEP 621, PEP 735) and uv.lock. Never asks what a build backend would add.

use std::str::FromStr;

use pep440_rs::{Operator, VersionSpecifier, VersionSpecifiers};
use toml_edit::{Document, Item, Table, TableLike, Value};

use super::{Listed, PassedOver, Selection, Unreadable, Want, requirement};
use crate::model::artifact::normalise;

/// How deeply dependency groups may include one another.
const DEEPEST: usize = 32;

/// A file, and where its lines are.
struct File<'t> {
    text: &'t str,
    document: Document<&'t str>,
}

impl<'t> File<'t> {
    fn parse(text: &'t str) -> Result<Self, Unreadable> {
        let document = Document::parse(text).map_err(|error| Unreadable {
            line: line_of(text, error.span()),
            message: error.message().to_owned(),
        })?;
        Ok(Self { text, document })
    }

    fn table(&self) -> &Table {
        self.document.as_table()
    }

    fn wrong(&self, span: Option<std::ops::Range<usize>>, message: impl Into<String>) -> Unreadable {
        Unreadable {
            line: line_of(self.text, span),
            message: message.into(),
        }
    }
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// Reads the dependencies of pyproject.toml: `[project]`, the extras and the dependency groups that are selected.
///
/// # Errors
/// What cannot be understood, an extra or group that is not there included.
pub fn pyproject(text: &str, selection: &Selection) -> Result<Listed, Unreadable> {
    let file = File::parse(text)?;
    let mut listed = Listed::default();
    let project = file.table().get("project").and_then(Item::as_table_like);
    if let Some(project) = project {
        if let Some(item) = project.get("dependencies") {
            all(&file, item, selection, &mut listed)?;
        }
        let is_dynamic = |value: &Value| value.as_str() == Some("dependencies");
        if let Some(item) = project.get("dynamic")
            && item.as_array().is_some_and(|array| array.iter().any(is_dynamic))
        {
            listed.passed_over.push(PassedOver {
                line: line_of(text, item.span()),
                text: "dynamic dependencies".to_owned(),
                why: "only running the project's build can tell them".to_owned(),
            });
        }
    } else if selection.groups.is_empty() {
        return Err(file.wrong(None, "there is no [project] table (PEP 621)"));
    }
    let extras = project
        .and_then(|project| project.get("optional-dependencies"))
        .and_then(Item::as_table_like);
    for name in &selection.extras {
        let item = extras.and_then(|extras| named(extras, name));
        let item = item.ok_or_else(|| file.wrong(None, format!("there is no extra {name:?}")))?;
        all(&file, item, selection, &mut listed)?;
    }
    for name in &selection.groups {
        group(&file, name, selection, &mut listed, DEEPEST)?;
    }
    Ok(listed)
}

/// A key by its normal form.
fn named<'t>(table: &'t dyn TableLike, name: &str) -> Option<&'t Item> {
    let wanted = normalise(name)?;
    table
        .iter()
        .find(|(key, _)| normalise(key).as_ref() == Some(&wanted))
        .map(|(_, item)| item)
}

fn all(file: &File<'_>, item: &Item, selection: &Selection, into: &mut Listed) -> Result<(), Unreadable> {
    let array = item
        .as_array()
        .ok_or_else(|| file.wrong(item.span(), "this must be a list"))?;
    for value in array {
        let text = value
            .as_str()
            .ok_or_else(|| file.wrong(value.span(), "this must be a text"))?;
        requirement(text, line_of(file.text, value.span()), selection, into)?;
    }
    Ok(())
}

fn group(
    file: &File<'_>,
    name: &str,
    selection: &Selection,
    into: &mut Listed,
    depth: usize,
) -> Result<(), Unreadable> {
    let groups = file
        .table()
        .get("dependency-groups")
        .and_then(Item::as_table_like);
    let item = groups.and_then(|groups| named(groups, name));
    let item = item.ok_or_else(|| file.wrong(None, format!("there is no dependency group {name:?}")))?;
    if depth == 0 {
        return Err(file.wrong(item.span(), "dependency groups include one another in a circle"));
    }
    let array = item
        .as_array()
        .ok_or_else(|| file.wrong(item.span(), "this must be a list"))?;
    for value in array {
        if let Some(text) = value.as_str() {
            requirement(text, line_of(file.text, value.span()), selection, into)?;
            continue;
        }
        let included = value
            .as_inline_table()
            .and_then(|table| table.get("include-group"))
            .and_then(Value::as_str);
        let included = included
            .ok_or_else(|| file.wrong(value.span(), "this must be a text, or {include-group = \"…\"}"))?;
        group(file, included, selection, into, depth - 1)?;
    }
    Ok(())
}

/// Reads the packages that uv.lock has from a package index; other sources are passed over.
///
/// # Errors
/// What cannot be understood.
pub fn uv_lock(text: &str) -> Result<Listed, Unreadable> {
    let file = File::parse(text)?;
    let packages = file.table().get("package").and_then(Item::as_array_of_tables);
    let mut listed = Listed::default();
    for package in packages.into_iter().flatten() {
        let of = |key: &str| package.get(key).and_then(Item::as_str);
        let line = line_of(text, package.span());
        let name = of("name").ok_or_else(|| file.wrong(package.span(), "a package without a name"))?;
        let source = package.get("source").and_then(Item::as_table_like);
        if !source.is_some_and(|source| source.contains_key("registry")) {
            let kind = source
                .and_then(|source| source.iter().next())
                .map_or("no source", |(key, _)| key);
            listed.passed_over.push(PassedOver {
                line,
                text: name.to_owned(),
                why: format!("it is from {kind:?}, and no release of a package index"),
            });
            continue;
        }
        let version =
            of("version").ok_or_else(|| file.wrong(package.span(), format!("{name} has no version")))?;
        let wrong = |why: String| file.wrong(package.span(), format!("{name} {version}: {why}"));
        let parsed = pep440_rs::Version::from_str(version).map_err(|error| wrong(error.to_string()))?;
        let exact = VersionSpecifier::from_version(Operator::Equal, parsed)
            .map_err(|error| wrong(error.to_string()))?;
        listed.wants.push(Want {
            package: normalise(name).ok_or_else(|| wrong(format!("{name:?} is no name of a package")))?,
            versions: VersionSpecifiers::from(exact),
            line,
        });
    }
    Ok(listed)
}
