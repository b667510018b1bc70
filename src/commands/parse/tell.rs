//! What a parsing run tells: on standard output, as annotations, in the job summary and the job's outputs. Never decides the exit code.

use crate::cli::Telling;
use crate::commands::World;
use crate::error::{Error, Result};
use crate::io::files;
use crate::parsing::plan::Plan;
use crate::parsing::report::Report;
use crate::render::human::Style;
use crate::render::parsing as render;

/// Columns of what is shown.
const WIDTH: usize = 140;

/// What became of each release.
pub fn report(world: &World, format: Telling, report: &Report) -> Result<()> {
    if world.env.is_actions() {
        world.print(&render::annotations(report))?;
        world.summarize(&render::summary(report))?;
    }
    match format {
        Telling::Json => {
            world.print(&render::json(report).map_err(|error| Error::Unexpected(error.to_string()))?)
        }
        Telling::Human => {
            let style = Style {
                color: world.color,
                width: WIDTH,
            };
            world.tell(&render::human(report, style))
        }
    }
}

/// A plan: its text as data, what it holds for people, and for GitHub Actions the outputs `matrix` and `count`.
pub fn plan(world: &World, plan: &Plan, text: &str) -> Result<()> {
    if world.env.is_actions() {
        world.summarize(&render::plan_summary(plan))?;
        if let Some(path) = world.env.first(&["GITHUB_OUTPUT"]) {
            let lines = format!("matrix={}\ncount={}\n", plan.matrix(), plan.work.len());
            files::append(&world.dir.join(path), lines.as_bytes())?;
        }
    }
    world.say(render::plan(plan).trim_end())?;
    world.print(text)
}
