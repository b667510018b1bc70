//! What a rule is for, on a terminal and as docs/rules.md, from the same data as the rule itself. Never mentions a rule that is not in the table.

use crate::finding::Severity;
use crate::rules::{Group, Meta, Rule};

use super::markdown::{fence, own};

/// A rule for a terminal.
pub fn explain(meta: &Meta) -> String {
    let example: Vec<String> = meta.example.lines().map(|line| format!("    {line}")).collect();
    let (id, summary, why, mend) = (meta.id, meta.summary, meta.why, meta.mend);
    let facts: String = facts(meta)
        .iter()
        .map(|(name, fact)| format!("{name}: {fact}\n"))
        .collect();
    let example = example.join("\n");
    format!(
        "{id}: {summary}\n\n{facts}\nwhy: {why}\n\nhow to mend it: {mend}\n\nexample of a breach:\n{example}\n"
    )
}

/// docs/rules.md: every rule, by group, in the table's order.
pub fn rules_page(all: &[&dyn Rule]) -> String {
    let groups: Vec<(Group, Vec<&Meta>)> = groups(all);
    let mut page =
        "# Rules\n\nMade from the rules themselves; do not edit. `gistry explain RULE` prints the same.\n"
            .to_owned();
    for (group, rules) in &groups {
        page += &format!("\n- {}: ", own(group.title()));
        let links: Vec<String> = rules.iter().map(|meta| format!("[{0}](#{0})", meta.id)).collect();
        page += &links.join(", ");
    }
    page.push('\n');
    for (group, rules) in &groups {
        page += &format!("\n## {}\n", own(group.title()));
        for meta in rules {
            page += &section(meta);
        }
    }
    page
}

fn groups<'a>(all: &[&'a dyn Rule]) -> Vec<(Group, Vec<&'a Meta>)> {
    let mut groups: Vec<(Group, Vec<&Meta>)> = Vec::new();
    for meta in all.iter().map(|rule| rule.meta()) {
        match groups.iter_mut().find(|(group, _)| *group == meta.group) {
            Some((_, rules)) => rules.push(meta),
            None => groups.push((meta.group, vec![meta])),
        }
    }
    groups
}

fn section(meta: &Meta) -> String {
    let facts: String = facts(meta)
        .iter()
        .map(|(name, fact)| format!("- {name}: {fact}\n"))
        .collect();
    format!(
        "\n### {}\n\n{}\n\n{facts}\nWhy: {}\n\nHow to mend it: {}\n\nExample of a breach:\n\n{}\n",
        meta.id,
        own(meta.summary),
        own(meta.why),
        own(meta.mend),
        fence(meta.example, "")
    )
}

fn facts(meta: &Meta) -> [(&'static str, String); 3] {
    let weight = match meta.severity {
        Severity::Error => "error, the author must change something",
        Severity::Review => "review, a maintainer must decide",
        Severity::Warning => "warning, nothing follows from it",
        Severity::Note => "note, nothing follows from it",
    };
    let softer = if meta.overridable {
        format!(
            "in registry.toml, or by a maintainer with `/gistry allow {} SHA REASON`",
            meta.id
        )
    } else {
        "never".into()
    };
    let older = if meta.inherited {
        "only a warning"
    } else {
        "counts like a new one"
    };
    [
        ("weight", weight.into()),
        ("can be softened", softer),
        ("a breach from before the change", older.into()),
    ]
}
