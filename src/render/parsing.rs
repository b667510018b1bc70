//! What a parsing run did, for people and programs. Never lets a control character of a package through.

use super::human::Style;
use super::markdown::{code, prose};
use super::visible::{cut, visible};
use crate::parsing::plan::{Plan, Why};
use crate::parsing::report::{Done, Outcome, Report};

/// Longest cell of a table, in characters.
const CELL: usize = 60;
/// Longest sentence, in characters.
const SENTENCE: usize = 600;
/// Most lines of a kind for people.
const SHOWN: usize = 100;

/// A text of a package, as it may be shown.
pub fn shown(text: &str) -> String {
    visible(&cut(text, CELL))
}

fn sentence(text: &str) -> String {
    visible(&cut(text, SENTENCE))
}

const COLUMNS: [(&str, bool); 8] = [
    ("package", false),
    ("version", false),
    ("artifact", false),
    ("modules", true),
    ("functions", true),
    ("size", true),
    ("time", true),
    ("outcome", false),
];

fn cells(done: &Done, dry_run: bool) -> [String; 8] {
    let text = |text: &Option<String>| text.as_deref().map(shown).unwrap_or_default();
    let known = |number: String| if done.bytes > 0 { number } else { String::new() };
    [
        shown(&done.package),
        text(&done.release),
        text(&done.artifact),
        known(thousands(done.modules)),
        known(thousands(done.functions)),
        known(size(done.bytes)),
        format!("{:.1} s", done.seconds),
        done.outcome.words(dry_run).replace('`', ""),
    ]
}

/// For people: a table, then what went wrong, then the sum.
pub fn human(report: &Report, style: Style) -> String {
    let mut text = String::new();
    if !report.releases.is_empty() {
        let header = COLUMNS.map(|(name, _)| name.to_owned());
        let rows: Vec<[String; 8]> = std::iter::once(header)
            .chain(report.releases.iter().map(|done| cells(done, report.dry_run)))
            .collect();
        let widths: Vec<usize> = (0..8)
            .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
            .collect();
        for (number, row) in rows.iter().enumerate() {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[at] - cell.chars().count());
                line += &if COLUMNS[at].1 {
                    format!("{pad}{cell}  ")
                } else {
                    format!("{cell}{pad}  ")
                };
            }
            let bad = number > 0 && report.releases[number - 1].outcome.is_bad();
            let line = line.trim_end();
            text += &if bad && style.color {
                format!("\u{1b}[31m{line}\u{1b}[0m\n")
            } else {
                format!("{line}\n")
            };
        }
        text.push('\n');
    }
    for line in problems(report).iter().take(SHOWN) {
        text += &format!("{}\n", sentence(line));
    }
    text + &sum(report) + "\n"
}

/// What somebody should know, a line each: what failed first, then what is only worth a word.
pub fn problems(report: &Report) -> Vec<String> {
    let name = |done: &Done| match &done.release {
        Some(release) => format!("{} {release}", done.package),
        None => done.package.clone(),
    };
    let why = |done: &Done| {
        done.why
            .clone()
            .unwrap_or_else(|| "no reason was given".to_owned())
    };
    let mut lines = Vec::new();
    for done in report.releases.iter().filter(|done| done.outcome.is_bad()) {
        lines.push(format!(
            "{}: {}: {}",
            done.outcome.words(report.dry_run),
            name(done),
            why(done)
        ));
    }
    lines.extend(report.lacking.iter().map(|line| format!("not there: {line}")));
    lines.extend(report.unasked.iter().map(|line| format!("not asked: {line}")));
    let deleted = |line: &String| {
        format!("deleted: the package index does not list {line} any more; the registry keeps its file")
    };
    lines.extend(report.deleted.iter().map(deleted));
    for done in report.releases.iter().filter(|done| done.failed_files > 0) {
        let files = if done.failed_files == 1 {
            "file is"
        } else {
            "files are"
        };
        lines.push(format!(
            "note: {}: {} {files} no Python that can be read whole",
            name(done),
            done.failed_files
        ));
    }
    for done in &report.releases {
        lines.extend(
            done.notes
                .iter()
                .map(|note| format!("note: {}: {note}", name(done))),
        );
    }
    lines
}

/// The last line: `3 releases: 2 written, 1 failed`.
pub fn sum(report: &Report) -> String {
    const ALL: [Outcome; 7] = [
        Outcome::Written,
        Outcome::Yanked,
        Outcome::Regenerated,
        Outcome::Unchanged,
        Outcome::Differs,
        Outcome::Failed,
        Outcome::Unasked,
    ];
    let counts: Vec<String> = ALL
        .iter()
        .filter(|outcome| report.count(**outcome) > 0)
        .map(|outcome| {
            format!(
                "{} {}",
                report.count(*outcome),
                outcome.words(report.dry_run).replace('`', "")
            )
        })
        .collect();
    let count = report.releases.len();
    let releases = if count == 1 { "release" } else { "releases" };
    if counts.is_empty() {
        format!("{count} {releases}")
    } else {
        format!("{count} {releases}: {}", counts.join(", "))
    }
}

/// The job summary.
pub fn summary(report: &Report) -> String {
    let mut text = format!("## gistry parse\n\n{}.\n", prose(&sum(report)));
    if !report.releases.is_empty() {
        text += &format!("\n| {} |\n", COLUMNS.map(|(name, _)| name).join(" | "));
        text += &format!(
            "|{}\n",
            COLUMNS
                .map(|(_, right)| if right { "---:|" } else { "---|" })
                .join("")
        );
    }
    for done in report.releases.iter().take(SHOWN * 10) {
        let cells = cells(done, report.dry_run);
        let cell = |(at, cell): (usize, &String)| {
            if at < 3 && !cell.is_empty() {
                code(cell)
            } else {
                cell.clone()
            }
        };
        let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
        text += &format!("| {} |\n", cells.join(" | "));
    }
    let problems = problems(report);
    if !problems.is_empty() {
        text.push('\n');
    }
    for line in problems.iter().take(SHOWN) {
        text += &format!("- {}\n", prose(&cut(line, SENTENCE)));
    }
    if problems.len() > SHOWN {
        text += &format!("- and {} more\n", problems.len() - SHOWN);
    }
    text
}

/// Annotations of what went wrong.
pub fn annotations(report: &Report) -> String {
    let bad = |line: &&String| !line.starts_with("note: ") && !line.starts_with("deleted: ");
    let problems = problems(report);
    problems
        .iter()
        .filter(bad)
        .take(SHOWN / 10)
        .map(|line| super::github::failure(line))
        .collect()
}

/// What a plan holds, for people.
pub fn plan(plan: &Plan) -> String {
    let all = [
        Why::Asked,
        Why::Yanked,
        Why::Listed,
        Why::Missed,
        Why::New,
        Why::Popular,
        Why::Outdated,
    ];
    let counts: Vec<String> = all
        .iter()
        .map(|why| (why, plan.work.iter().filter(|work| work.why == *why).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(why, count)| format!("{count} {}", why.words()))
        .collect();
    let (work, shards) = (plan.work.len(), plan.shards);
    let mut text = match work {
        0 => "nothing is to be parsed\n".to_owned(),
        _ => format!(
            "{work} releases are to be parsed, in {shards} parts: {}\n",
            counts.join(", ")
        ),
    };
    if plan.beyond > 0 {
        text += &format!(
            "{} more are beyond the limit; they come the next time\n",
            plan.beyond
        );
    }
    let kinds = [
        ("deleted", &plan.deleted),
        ("not there", &plan.lacking),
        ("not asked", &plan.unasked),
    ];
    for (kind, lines) in kinds {
        for line in lines.iter().take(SHOWN) {
            text += &format!("{kind}: {}\n", sentence(line));
        }
        if lines.len() > SHOWN {
            text += &format!("{kind}: and {} more\n", lines.len() - SHOWN);
        }
    }
    text
}

/// The same for the job summary.
pub fn plan_summary(plan: &Plan) -> String {
    let lines: Vec<String> = self::plan(plan)
        .lines()
        .map(|line| format!("- {}\n", prose(line)))
        .collect();
    format!("## gistry parse: the plan\n\n{}", lines.concat())
}

/// For programs.
///
/// # Errors
/// Those of the serializer.
pub fn json(report: &Report) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
