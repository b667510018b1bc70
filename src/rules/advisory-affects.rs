//! advisory-affects: an advisory says whom it is about, and that exists. Never judges whether it is right.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::finding::{Finding, Severity};
use crate::model::advisory::{Advisory, ModuleRef};
use crate::model::evidence::{Ask, Evidence};
use crate::model::file::File;
use crate::model::name::{Login, Timestamp};
use crate::model::path::{Place, RepoPath};
use crate::model::policy::Policy;
use crate::model::publisher::Publisher;
use crate::model::submission::Submission;
use crate::model::text::{Span, Spanned};
use crate::rules::parts::{Kept, Part, Seat, Seats};
use crate::rules::{Asks, Group, Meta, Rule, Told, Watch};

/// The rule.
pub struct AdvisoryAffects;

static META: Meta = Meta {
    id: "advisory-affects",
    group: Group::Advisories,
    severity: Severity::Error,
    overridable: true,
    inherited: true,
    summary: "An advisory names at least one module or gist; a publisher's names only their own, and all of them exist.",
    why: "An advisory that matches nothing warns nobody, and a slip in a name cannot be told from silence. Warning of \
          other people's modules is for the maintainers, who hear both sides.",
    mend: "Write each module as `name` or `user/name`, exactly as in registry.json, or each gist by its id. To warn of somebody \
           else's module, open an issue with the maintainers.",
    example: "\"affects\": [\"jsn-utils\"] where the module is json-utils",
};

impl Rule for AdvisoryAffects {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn asks<'s>(&self, submission: &'s Submission, _: &'s Policy) -> Asks<'s> {
        if submission.is_tree() {
            return Box::new(std::iter::empty());
        }
        let publishers = Publishers::of(submission);
        let maintainers = submission
            .files()
            .filter(|(_, file)| matches!(file.place(), Place::MaintainerAdvisory { .. }));
        Box::new(
            maintainers
                .flat_map(|(_, file)| advisories(file))
                .flat_map(|advisory| &advisory.affects)
                .filter_map(|named| {
                    let login = named.value.publisher.clone()?;
                    let unknown = !publishers.0.contains_key(&login.key());
                    unknown.then(|| Ask::Module(login, named.value.name.clone()))
                })
                .collect::<Vec<_>>()
                .into_iter(),
        )
    }

    fn check(&self, submission: &Submission, evidence: &Evidence, _: &Policy, _: &Timestamp) -> Vec<Finding> {
        let publishers = Publishers::of(submission);
        let mut told = Told::new(&META);
        for (path, file) in submission.files() {
            let of = match file.place() {
                Place::PublisherAdvisories { folder } => Of::Publisher {
                    folder,
                    own: publishers.own(submission, folder),
                },
                Place::MaintainerAdvisory { .. } => Of::Maintainers,
                _ => continue,
            };
            for advisory in advisories(file) {
                let mut here = Here {
                    path,
                    file,
                    advisory,
                    told: &mut told,
                };
                here.names_something();
                match &of {
                    Of::Publisher { folder, own } => here.own_only(folder, own),
                    Of::Maintainers => here.existing_only(&publishers, evidence),
                }
            }
        }
        told.findings
    }

    fn watch(&self) -> Option<Box<dyn Watch>> {
        Some(Box::new(Named::default()))
    }
}

/// The files of advisories, and the publishers that they are about.
#[derive(Default)]
struct Named {
    files: Seats,
    /// In lower case.
    publishers: Mutex<BTreeSet<String>>,
}

impl Watch for Named {
    fn note(&self, part: Part<'_>) {
        for (seat, _, file) in part.files().filter(|(_, _, file)| file.place().is_advisories()) {
            let named = advisories(file).iter().flat_map(|advisory| &advisory.affects);
            let logins = named
                .filter_map(|named| named.value.publisher.as_ref())
                .map(Login::key);
            let own = file.place().publisher().map(str::to_ascii_lowercase);
            self.files.extend(std::iter::once(seat));
            let mut publishers = self.publishers.lock().unwrap_or_else(PoisonError::into_inner);
            publishers.extend(logins.chain(own));
        }
    }

    fn suspects(&self, registry: &Kept<'_>) -> Vec<Seat> {
        let mut seats = self.files.all();
        let publishers = self.publishers.lock().unwrap_or_else(PoisonError::into_inner);
        if !publishers.is_empty() {
            let meant = registry.paths().filter(|(_, path)| {
                let folder = path.folder().map(str::to_ascii_lowercase);
                folder.is_some_and(|folder| publishers.contains(&folder))
            });
            seats.extend(meant.map(|(seat, _)| seat));
        }
        seats
    }
}

fn advisories(file: &File) -> &[Advisory] {
    let known = file.advisories();
    known.map(|known| known.advisories.as_slice()).unwrap_or_default()
}

/// Whose file it is.
enum Of<'s> {
    Publisher { folder: &'s str, own: Own<'s> },
    Maintainers,
}

/// What a publisher has.
enum Own<'s> {
    /// The file is there and cannot be read, which is said elsewhere.
    Unreadable,
    /// Names of modules, gists of modules now and before.
    Known(HashSet<&'s str>, HashSet<&'s str>),
}

/// Publishers' files of the result, changed or beside a changed one, by their folder in lower case; none where it
/// cannot be read.
struct Publishers<'s>(BTreeMap<String, Option<&'s Publisher>>);

impl<'s> Publishers<'s> {
    fn of(submission: &'s Submission) -> Self {
        let changed = submission.files();
        let files = changed.chain(&submission.related);
        let known = files.filter_map(|(_, file)| match file.place() {
            Place::PublisherModules { folder } => Some((folder.to_ascii_lowercase(), file.publisher())),
            _ => None,
        });
        Self(known.collect())
    }

    fn own(&self, submission: &'s Submission, folder: &str) -> Own<'s> {
        let now = match self.0.get(&folder.to_ascii_lowercase()) {
            Some(None) => return Own::Unreadable,
            Some(Some(publisher)) => Some(*publisher),
            None => None,
        };
        // A module that points elsewhere by now was still affected when it pointed there.
        let before = submission
            .base(&format!("{folder}/registry.json"))
            .and_then(File::publisher);
        let gists = now.iter().chain(&before).flat_map(|publisher| &publisher.modules);
        Own::Known(
            now.iter()
                .flat_map(|publisher| &publisher.names)
                .map(|name| &*name.value)
                .collect(),
            gists.map(|module| module.gist.value.as_str()).collect(),
        )
    }
}

/// One advisory of one file, and what was found so far.
struct Here<'t, 's> {
    path: &'s RepoPath,
    file: &'s File,
    advisory: &'s Advisory,
    told: &'t mut Told<'s>,
}

impl Here<'_, '_> {
    fn push(&mut self, span: Span, message: String, help: impl Into<String>) {
        let (path, file) = (self.path, self.file);
        let subject = self.advisory.id.value.as_str();
        self.told.tell(path, META.severity, || {
            Finding::new(META.id, META.severity, subject, message)
                .at(path, file, span)
                .help(help)
        });
    }

    fn names_something(&mut self) {
        let Advisory {
            affects, gists, id, ..
        } = self.advisory;
        if affects.is_empty() && gists.is_empty() && !self.names_are_broken() {
            let message = format!("{} names neither a module nor a gist", id.value);
            self.push(
                id.span,
                message,
                "add \"affects\": [\"name\"] or \"gists\": [\"id\"]",
            );
        }
    }

    /// Names that could not be read were meant to be something, and the schema says what is wrong with them.
    fn names_are_broken(&self) -> bool {
        let (problems, span) = (&self.file.parsed().problems, self.advisory.span);
        let first = problems.partition_point(|problem| problem.span.start < span.start);
        let of_this = problems[first..]
            .iter()
            .take_while(|problem| problem.span.start < span.end);
        let mut pointers = of_this.map(|problem| &problem.pointer);
        pointers.any(|pointer| pointer.contains("/affects") || pointer.contains("/gists"))
    }

    fn own_only(&mut self, folder: &str, own: &Own<'_>) {
        let advisory = self.advisory;
        let is_own = |login: &Login| login.as_str().eq_ignore_ascii_case(folder);
        let mut checked: Vec<&Spanned<ModuleRef>> = Vec::new();
        for named in &advisory.affects {
            match &named.value.publisher {
                Some(login) if !is_own(login) => {
                    let message = format!("{login}/{} is not a module of {folder}", named.value.name);
                    self.push(named.span, message, FOREIGN);
                }
                _ => checked.push(named),
            }
        }
        let Own::Known(names, gists) = own else { return };
        for named in checked {
            let name = named.value.name.as_str();
            if !names.contains(name) {
                let message = format!("{folder} has no module {name}");
                self.push(
                    named.span,
                    message,
                    format!("write a name that is in {folder}/registry.json"),
                );
            }
        }
        for gist in &advisory.gists {
            if !gists.contains(gist.value.as_str()) {
                let message = format!("no module of {folder} has the gist {}", gist.value);
                self.push(gist.span, message, FOREIGN);
            }
        }
    }

    fn existing_only(&mut self, publishers: &Publishers<'_>, evidence: &Evidence) {
        for named in &self.advisory.affects {
            let ModuleRef { publisher, name } = &named.value;
            let Some(login) = publisher else {
                let message = format!("whose module {name} is meant is not said");
                self.push(named.span, message, format!("write \"user/{name}\""));
                continue;
            };
            let exists = match publishers.0.get(&login.key()) {
                Some(None) => continue,
                Some(Some(known)) => known.names.iter().any(|known| *known.value == *name.as_str()),
                None => !evidence
                    .modules(&Ask::Module(login.clone(), name.clone()))
                    .is_empty(),
            };
            if !exists {
                let message = format!("there is no module {login}/{name}");
                self.push(
                    named.span,
                    message,
                    "write the module exactly as it is in the registry",
                );
            }
        }
    }
}

const FOREIGN: &str = "take it out; to warn of somebody else's module, open an issue with the maintainers";
