//! The report as JSON, as schemas/report.schema.json describes it. Never leaves anything out.

use crate::finding::Report;

/// Pretty JSON with a final newline.
///
/// # Errors
/// None that is known: a report holds nothing that JSON cannot hold.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
