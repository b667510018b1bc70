//! What a job of GitHub Actions leaves behind: annotations, the job summary, outputs. Never writes to the pull request.

use crate::cli::Validate;
use crate::commands::World;
use crate::error::Result;
use crate::finding::{Report, Severity};
use crate::io::files;
use crate::render;

/// Prints annotations, and writes the summary, the report and the outputs where the runner wants them.
pub fn tell(world: &World, args: &Validate, report: &Report) -> Result<()> {
    world.print(&render::github::commands(report))?;
    world.summarize(&render::summary::summary(report))?;
    let path = match (&args.report, world.env.first(&["RUNNER_TEMP"])) {
        (Some(path), _) => Some(world.dir.join(path)),
        (None, Some(temp)) => {
            let name = report.subject.pull.map_or("gistry-report.json".into(), |number| {
                format!("gistry-report-{number}.json")
            });
            let path = world.dir.join(temp).join(name);
            files::write_atomically(&path, super::json(report)?.as_bytes())?;
            Some(path)
        }
        (None, None) => None,
    };
    let Some(outputs) = world.env.first(&["GITHUB_OUTPUT"]) else {
        return Ok(());
    };
    // None of these values holds a line break: two are words of ours, and a path with one is not written.
    let path = path
        .map(|path| path.display().to_string())
        .filter(|path| !path.contains(['\n', '\r']))
        .unwrap_or_default();
    let (verdict, errors) = (report.verdict.word(), report.count(Severity::Error));
    files::append(
        &world.dir.join(outputs),
        format!("verdict={verdict}\nerrors={errors}\nreport={path}\n").as_bytes(),
    )
}
