//! The list of the most used packages, in either of its forms. Never fetches it.

use serde::Deserialize;

use crate::model::artifact::normalise;
use crate::model::name::PackageName;

/// The form that is known as top-pypi-packages.
#[derive(Deserialize)]
struct Rows {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    project: String,
    #[serde(default)]
    download_count: f64,
}

/// The packages of a list, the most used first: JSON as `{"rows": [{"project", "download_count"}]}`, or one name a line.
/// What is no package's name is passed over, since one bad row must not lose a thousand good ones.
///
/// # Errors
/// In one line, where it is neither.
pub fn read(text: &str) -> Result<Vec<PackageName>, String> {
    let names: Vec<String> = if text.trim_start().starts_with('{') {
        let mut rows = serde_json::from_str::<Rows>(text)
            .map_err(|error| error.to_string())?
            .rows;
        // Stable: rows without numbers stay as they are.
        rows.sort_by(|a, b| b.download_count.total_cmp(&a.download_count));
        rows.into_iter().map(|row| row.project).collect()
    } else {
        let line = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        text.lines().map(line).filter(|line| !line.is_empty()).collect()
    };
    let mut seen = std::collections::HashSet::new();
    let known = names.iter().filter_map(|name| normalise(name));
    let packages: Vec<PackageName> = known.filter(|name| seen.insert(name.clone())).collect();
    if packages.is_empty() && !names.is_empty() {
        return Err("nothing in it is the name of a package".to_owned());
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        read(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_forms_are_read_and_the_most_used_come_first() {
        let json = r#"{"last_update":"x","rows":[
            {"download_count": 5, "project": "Requests"},
            {"download_count": 9, "project": "boto3"},
            {"download_count": 1, "project": "a b"},
            {"download_count": 5, "project": "zope.interface"}]}"#;
        assert_eq!(names(json), ["boto3", "requests", "zope-interface"]);
        assert_eq!(
            names("requests\n# c\n\npandas  # why\nRequests\n"),
            ["requests", "pandas"]
        );
        assert_eq!(names(""), [""; 0]);
        assert!(read("{").is_err() && read("<html>\n<p>").is_err() && read(r#"{"rows":[{}]}"#).is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_panics(text in r#"[{}\[\]"a-z:,0-9\n# ]{0,60}"#) {
            let _ = read(&text);
        }
    }
}
