//! `gistry owners repair`: asks which merged pull request brought a publisher. Never looks at more publishers than it was told to.

use tokio::task::JoinSet;

use super::Clerk;
use crate::commands::history::{History, history};
use crate::error::{Error, Result};
use crate::owners::{self, Brought, Outcome, Proof, Registered, Unbound};

/// Publishers that are asked about at once; more trips GitHub's secondary limits.
const AT_ONCE: usize = 4;
/// After so many publishers in a row without an answer there is no use in asking on.
const SILENCE: usize = 4;

impl Clerk<'_> {
    /// Some publishers without a binding, by the pull requests that brought them.
    pub(super) async fn repair(&mut self, registered: &Registered, most: usize) -> Result<Outcome> {
        let mut outcome = Outcome {
            left: registered.left.clone(),
            already: registered.already,
            ..Outcome::default()
        };
        let repository = self.repository.clone().ok_or_else(no_repository)?;
        let chosen = match self.brought.is_empty() {
            true => chosen(&registered.unbound, most, self.day()),
            false => {
                let known = |unbound: &&Unbound| self.brought.contains_key(&unbound.folder.key());
                registered.unbound.iter().filter(known).collect()
            }
        };
        outcome.postponed = registered.unbound.len() - chosen.len();
        let progress = self.world.progress();
        progress.start(
            "looking at the publishers' first pull requests",
            Some(chosen.len()),
        );
        let (mut rest, mut silent) = (chosen.into_iter().peekable(), 0);
        let mut why = String::new();
        while rest.peek().is_some() && silent < SILENCE {
            let mut running = JoinSet::new();
            for unbound in rest.by_ref().take(AT_ONCE).cloned() {
                let (github, repository) = (self.github.clone(), repository.clone());
                let known = self.brought.get(&unbound.folder.key()).cloned();
                running.spawn(async move {
                    let history = match known {
                        Some(brought) => Ok(History::Brought {
                            number: brought.number,
                            author: brought.author,
                            merged_at: brought.merged_at,
                        }),
                        None => {
                            let path = format!("{}/registry.json", unbound.folder);
                            history(&github, &repository, &path).await
                        }
                    };
                    (unbound, history)
                });
            }
            let mut answered = running.join_all().await;
            answered.sort_by(|(a, _), (b, _)| a.folder.cmp(&b.folder));
            progress.advance(answered.len());
            for (unbound, history) in answered {
                let proof = match history {
                    Ok(History::Brought {
                        number,
                        author,
                        merged_at,
                    }) => {
                        let brought = Brought {
                            number,
                            author,
                            merged_at,
                        };
                        self.proof(&unbound, &brought).await
                    }
                    Ok(History::Nobody(why)) => owners::without_pull(&unbound, &why),
                    Err(error) => owners::unchecked(&unbound, error.to_string()),
                };
                match &proof {
                    Proof::Unchecked(left) => (silent, why) = (silent + 1, left.why.clone()),
                    _ => silent = 0,
                }
                outcome.add(proof);
            }
        }
        rest.map(|unbound| owners::unchecked(unbound, why.clone()))
            .for_each(|proof| outcome.add(proof));
        Ok(outcome)
    }

    /// The author's login, and only where that is another than the folder's name the gists.
    async fn proof(&mut self, unbound: &Unbound, brought: &Brought) -> Proof {
        let renamed = |brought: &Brought| {
            let person = brought.author.as_ref().filter(|author| author.person);
            person.is_some_and(|author| author.login != unbound.folder)
        };
        if renamed(brought) {
            self.ask(std::slice::from_ref(unbound)).await;
        }
        owners::from_pull(unbound, brought, |gist| self.known.get(gist))
    }

    /// The day, by which it turns who is looked at: nobody waits for ever behind those who cannot be bound.
    fn day(&self) -> usize {
        let days = self.world.now.moment().timestamp().div_euclid(86_400);
        usize::try_from(days).unwrap_or_default()
    }
}

/// The part of the publishers whose turn it is, in their order.
fn chosen(all: &[Unbound], most: usize, day: usize) -> Vec<&Unbound> {
    if all.len() <= most {
        return all.iter().collect();
    }
    let start = day.wrapping_mul(most) % all.len();
    let mut chosen: Vec<&Unbound> = all.iter().cycle().skip(start).take(most).collect();
    chosen.sort_by(|a, b| a.folder.cmp(&b.folder));
    chosen
}

/// The command line asks for one before it comes so far.
pub(super) fn no_repository() -> Error {
    Error::Usage("which registry? add --repo owner/name".into())
}
