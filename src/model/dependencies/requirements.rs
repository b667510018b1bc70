//! requirements.txt, as pip reads it: comments, continued lines, options, hashes, markers. Never opens the files that it names.

use super::{Include, Listed, PassedOver, Selection, Unreadable, requirement};

/// Options that name another file, and whether that only binds versions.
const INCLUDES: [(&str, bool); 4] = [
    ("--requirement", false),
    ("--constraint", true),
    ("-r", false),
    ("-c", true),
];
/// Options that say where packages are, which is for the caller to say.
const INDEXES: [&str; 6] = [
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--no-index",
];
/// What belongs to one requirement, after it.
const OF_ONE: [&str; 4] = [
    " --hash",
    " --config-settings",
    " --global-option",
    " --install-option",
];

/// Reads a requirements file.
///
/// # Errors
/// The first line that cannot be understood.
pub fn requirements(text: &str, selection: &Selection) -> Result<Listed, Unreadable> {
    let mut listed = Listed::default();
    for (line, text) in lines(text) {
        let pass_over = |why: &str| PassedOver {
            line,
            text: text.clone(),
            why: why.to_owned(),
        };
        if let Some((path, bounds)) = INCLUDES
            .iter()
            .find_map(|(option, bounds)| Some((value(&text, option)?, *bounds)))
        {
            let path = path.to_owned();
            listed.includes.push(Include { path, bounds, line });
        } else if value(&text, "-e").or(value(&text, "--editable")).is_some() {
            listed.passed_over.push(pass_over(
                "it is a folder of sources, and no release of a package index",
            ));
        } else if INDEXES
            .iter()
            .any(|option| value(&text, option).is_some() || text == *option)
        {
            listed
                .passed_over
                .push(pass_over("where packages are is said by --index-url alone"));
        } else if text.starts_with('-') {
            listed
                .passed_over
                .push(pass_over("the option has no meaning here"));
        } else if is_place(&text) {
            listed.passed_over.push(pass_over(
                "it is a file or an address, and no release of a package index",
            ));
        } else {
            let end = OF_ONE
                .iter()
                .filter_map(|option| text.find(option))
                .min()
                .unwrap_or(text.len());
            let text = text.get(..end).unwrap_or_default().trim();
            requirement(text, line, selection, &mut listed)?;
        }
    }
    Ok(listed)
}

/// Whole lines with the number of the first part of each; without comments.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        // A comment line does not interrupt a continued one.
        let is_comment = line.trim_start().starts_with('#');
        if is_comment && open.is_some() {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) if !is_comment => (part, true),
            _ => (line, false),
        };
        let (_, joined) = open.get_or_insert_with(|| (number + 1, String::new()));
        joined.push_str(part);
        if !goes_on {
            whole.extend(open.take());
        }
    }
    whole.extend(open);
    let clean = |(number, line): (usize, String)| (number, without_comment(&line).trim().to_owned());
    whole
        .into_iter()
        .map(clean)
        .filter(|(_, line)| !line.is_empty())
        .collect()
}

/// A `#` begins a comment at the start of a line and after a space; elsewhere it belongs to an address.
fn without_comment(line: &str) -> &str {
    let begins = |at: usize| at == 0 || line[..at].ends_with(char::is_whitespace);
    let end = line.match_indices('#').map(|(at, _)| at).find(|at| begins(*at));
    &line[..end.unwrap_or(line.len())]
}

/// The value of an option: `-r x`, `-rx`, `--requirement x`, `--requirement=x`.
fn value<'l>(line: &'l str, option: &str) -> Option<&'l str> {
    let rest = line.strip_prefix(option)?;
    let long = option.starts_with("--");
    let value = match rest.chars().next()? {
        '=' if long => &rest[1..],
        letter if letter.is_whitespace() => rest,
        _ if !long => rest,
        _ => return None,
    };
    Some(value.trim().trim_matches(['"', '\'']))
}

/// Whether a line is a path or an address and not a requirement.
fn is_place(line: &str) -> bool {
    let first = line.split([' ', ';']).next().unwrap_or_default();
    let is_archive = [".whl", ".tar.gz", ".zip", ".tar.bz2"]
        .iter()
        .any(|ending| first.ends_with(ending));
    first.contains("://") && !line.contains(" @ ")
        || first.starts_with(['.', '/'])
        || is_archive && !first.contains('@')
}
