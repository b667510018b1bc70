//! The JSON Schemas of the file formats, for editors and for `gistry schema`. Never checks a file itself: the types in `model` do.

/// Every format with its schema (JSON Schema 2020-12).
pub const SCHEMAS: [(&str, &str); 11] = [
    ("registry", include_str!("../../schemas/registry.schema.json")),
    ("advisories", include_str!("../../schemas/advisories.schema.json")),
    ("settings", include_str!("../../schemas/settings.schema.json")),
    ("owner", include_str!("../../schemas/owner.schema.json")),
    (
        "stats-batch",
        include_str!("../../schemas/stats-batch.schema.json"),
    ),
    ("aggregates", include_str!("../../schemas/aggregates.schema.json")),
    ("ledger", include_str!("../../schemas/ledger.schema.json")),
    ("head", include_str!("../../schemas/head.schema.json")),
    ("dna", include_str!("../../schemas/dna.schema.json")),
    ("package", include_str!("../../schemas/package.schema.json")),
    ("report", include_str!("../../schemas/report.schema.json")),
];

/// The schema of a format.
pub fn schema(format: &str) -> Option<&'static str> {
    SCHEMAS
        .iter()
        .find(|(name, _)| *name == format)
        .map(|(_, text)| *text)
}
