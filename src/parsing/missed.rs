//! What users asked a registry for in vain, from the weekly aggregates. Never counts a module of a publisher.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::artifact::normalise;
use crate::model::name::PackageName;

/// How many packages are looked at: those that were missed the most.
const MOST: usize = 1_000;

/// A line of `stats/{year}/W{nn}.jsonl`, as far as it is needed.
#[derive(Deserialize)]
struct Line {
    module: String,
    event: String,
    count: u64,
    #[serde(default)]
    contributors: u64,
}

/// The packages that these weeks' aggregates say were missed: by how many people, then how often, then by name. Lines of
/// another kind are passed over, since a later gistry may write more.
pub fn read<'a>(weeks: impl IntoIterator<Item = &'a [u8]>) -> Vec<PackageName> {
    let mut sums: BTreeMap<PackageName, (u64, u64)> = BTreeMap::new();
    for line in weeks
        .into_iter()
        .flat_map(|bytes| bytes.split(|byte| *byte == b'\n'))
    {
        let Ok(line) = serde_json::from_slice::<Line>(line) else {
            continue;
        };
        if line.event != "export-miss" {
            continue;
        }
        if let Some(name) = normalise(&line.module) {
            let sum = sums.entry(name).or_default();
            *sum = (
                sum.0.saturating_add(line.contributors),
                sum.1.saturating_add(line.count),
            );
        }
    }
    let mut sorted: Vec<(PackageName, (u64, u64))> = sums.into_iter().collect();
    // Stable: equal ones stay sorted by name.
    sorted.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    sorted.into_iter().take(MOST).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_people_missed_comes_first() {
        let one = br#"{"module":"polars","event":"export-miss","ci":false,"count":3,"contributors":3}
{"module":"numpy","event":"export-miss","ci":true,"count":900,"contributors":1}
{"module":"@alice/x","event":"export-miss","ci":false,"count":9}
{"module":"pandas","event":"export-hit","ci":false,"count":9}
no json
"#;
        let two = br#"{"module":"Polars","event":"export-miss","ci":true,"count":1,"contributors":1}
{"module":"attrs","event":"export-miss","ci":true,"count":1}"#;
        let names: Vec<String> = read([&one[..], &two[..]])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["polars", "numpy", "attrs"]);
    }
}
