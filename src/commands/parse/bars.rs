//! A bar for each package on a terminal, so that a person sees that it goes on. Says nothing anywhere else, and never on standard output.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::World;
use crate::model::progress::Progress;

/// How often a bar that waits moves.
const TICK: Duration = Duration::from_millis(100);

/// The bars of a run.
#[derive(Clone)]
pub struct Bars {
    world: World,
    all: Option<MultiProgress>,
    total: ProgressBar,
}

/// The bar of a release.
pub struct Bar {
    bar: ProgressBar,
    total: ProgressBar,
}

impl Bars {
    /// Bars for so many releases, where somebody can see them.
    pub fn new(world: &World, releases: usize) -> Self {
        let shown = world.terminal && !world.quiet && releases > 0;
        let all = shown.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        let total = match &all {
            Some(all) if releases > 1 => {
                let bar = all.add(ProgressBar::new(releases as u64));
                bar.set_style(style("{bar:24} {pos} of {len} releases, {elapsed}"));
                bar
            }
            _ => ProgressBar::hidden(),
        };
        Self {
            world: world.clone(),
            all,
            total,
        }
    }

    /// The bar of a release, above the others' sum.
    pub fn bar(&self, name: &str) -> Bar {
        let bar = match &self.all {
            Some(all) => {
                let bar = all.insert_from_back(1, ProgressBar::new_spinner());
                bar.set_style(style("{spinner} {prefix} {wide_msg} {elapsed}"));
                bar.set_prefix(crate::render::parsing::shown(name));
                bar.enable_steady_tick(TICK);
                bar
            }
            None => ProgressBar::hidden(),
        };
        Bar {
            bar,
            total: self.total.clone(),
        }
    }

    /// Takes all bars away.
    pub fn end(&self) {
        if let Some(all) = &self.all {
            let _ = all.clear();
        }
    }
}

impl Bar {
    /// What is being done.
    pub fn says(&self, what: &str) {
        self.bar.set_message(crate::render::parsing::shown(what));
    }

    /// The release is done.
    pub fn end(&self) {
        self.bar.finish_and_clear();
        self.total.inc(1);
    }
}

impl Progress for Bars {
    fn start(&self, _what: &str, _parts: Option<usize>) {}

    fn advance(&self, _parts: usize) {}

    fn note(&self, text: &str) {
        match &self.all {
            // A line between bars would be drawn over.
            Some(all) => all.suspend(|| drop(self.world.say(text))),
            None => drop(self.world.say(text)),
        }
    }
}

/// A bar's look; a template of ours that cannot be read is a plain bar.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
