//! A package's files together: decoded, parsed on all threads, joined into one DNA. Never writes bytes.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::evaluate::{Evaluator, STACK};
use super::findings::Added;
use super::form::{Problem, Unit};
use super::head::Counts;
use super::layout::{self, Language, Place};
use super::members::{self, Findings};
use super::names::{Names, public};
use super::record::{self, Body, Kind, Member, Module, Provenance};
use super::{beside, decode, docstring, findings, merge, python, shared};

/// A file of an artifact.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its path in the artifact.
    pub path: &'a str,
    /// What is in it; nothing is needed of a compiled module.
    pub bytes: &'a [u8],
}

/// What is to be in the DNA.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Tests, vendored copies and examples, too.
    pub include_tests: bool,
}

/// A package's sources as text.
pub struct Package<'a> {
    files: Vec<File<'a>>,
    left_out: u64,
    /// Sources that are not in the artifact and may say docstrings of what is.
    beside: Vec<File<'a>>,
}

struct File<'a> {
    path: &'a str,
    place: Place,
    sha256: String,
    text: Cow<'a, str>,
    wrong: Option<String>,
}

impl<'a> Package<'a> {
    /// Finds the modules among the files of a wheel, or of a folder of packages, and decodes them.
    pub fn new(sources: &[Source<'a>], options: Options) -> Self {
        let mut found: Vec<(Source<'a>, Place)> = Vec::with_capacity(sources.len());
        for source in sources {
            if let Some(place) = layout::place(source.path) {
                found.push((*source, place));
            }
        }
        layout::tag_test_folders(&mut found.iter_mut().map(|(_, place)| place).collect::<Vec<_>>());
        found.sort_by(|(a, left), (b, right)| {
            (&left.module, left.language, !left.package, a.path).cmp(&(
                &right.module,
                right.language,
                !right.package,
                b.path,
            ))
        });
        found.dedup_by(|(a, _), (b, _)| a.path == b.path);
        let all = found.len();
        found.retain(|(_, place)| options.include_tests || place.tag.is_none());
        let left_out = (all - found.len()) as u64;
        let files = found
            .into_par_iter()
            .map(|(source, place)| File::new(source, place))
            .collect();
        Self {
            files,
            left_out,
            beside: Vec::new(),
        }
    }

    /// Takes the files of the package's sdist, too, with their paths in it. Those that are not in the artifact are read for nothing but the
    /// docstrings that they add to what is: the texts that are compiled into its extension modules. The head's `beside` is to say so.
    #[must_use]
    pub fn beside(mut self, sdist: &[Source<'a>]) -> Self {
        let known = self.files.iter().map(|file| file.path).collect();
        self.beside = beside::choose(sdist, &known)
            .into_par_iter()
            .map(|(source, place)| File::new(source, place))
            .collect();
        self
    }

    /// The DNA without its head.
    pub fn body(&self) -> (Body<'_>, Counts) {
        let units = self.parse();
        let more: Vec<Unit<'_>> = self.beside.par_iter().map(File::parse).collect();
        let places: Vec<_> = (self.files.iter().chain(&self.beside))
            .map(|file| &file.place)
            .zip(units.iter().chain(&more))
            .collect();
        let names = Names::new(&places);
        let (public, found, added) = stacker::grow(STACK, || {
            let evaluator = Evaluator::new(&names);
            let public = public::public(&evaluator);
            let (found, added) = findings::findings(&evaluator, places.len());
            (public, found, added)
        });
        // Each form is let go of as soon as its module is made: both of all files are the most memory that is taken.
        drop(places);
        names.let_go();
        let parts: Vec<Module<'_>> = (self.files.par_iter().zip(units).zip(found))
            .with_max_len(8)
            .map(|((file, unit), findings)| file.module(&unit, &findings))
            .collect();
        let mut modules = join(parts, &self.files);
        add_compiled(&mut modules, added);
        shared::share(&mut modules);
        let body = Body {
            public: public
                .paths
                .into_iter()
                .map(|(path, of)| (Cow::Owned(path), Cow::Owned(of)))
                .collect(),
            unresolved: public.unresolved.into_iter().map(Cow::Owned).collect(),
            modules,
        };
        let counts = self.count(&body);
        (body, counts)
    }

    /// Every file's form, the largest file first: it takes longest.
    fn parse(&self) -> Vec<Unit<'_>> {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(self.files[*at].text.len()));
        let mut parsed: Vec<(usize, Unit<'_>)> = order
            .into_par_iter()
            .with_max_len(1)
            .map(|at| (at, self.files[at].parse()))
            .collect();
        parsed.sort_by_key(|(at, _)| *at);
        parsed.into_iter().map(|(_, unit)| unit).collect()
    }

    fn count(&self, body: &Body<'_>) -> Counts {
        let mut counts = Counts {
            modules: body.modules.len() as u64,
            files: self
                .files
                .iter()
                .filter(|file| file.place.language != Language::Compiled)
                .count() as u64,
            tests: self.left_out,
            failed: body
                .modules
                .iter()
                .filter(|module| !module.problems.is_empty())
                .count() as u64,
            ..Counts::default()
        };
        for module in &body.modules {
            add(&mut counts, &module.members);
        }
        counts
    }
}

impl<'a> File<'a> {
    fn new(source: Source<'a>, place: Place) -> Self {
        let (text, wrong, sha256) = if place.language == Language::Compiled {
            (Cow::Borrowed(""), None, String::new())
        } else {
            let (text, wrong) = decode::decode(source.bytes);
            let digest = Sha256::digest(source.bytes);
            (text, wrong, format!("{digest:x}"))
        };
        Self {
            path: source.path,
            place,
            sha256,
            text,
            wrong,
        }
    }

    /// The file's form; a file that cannot be read has an empty one that says so.
    fn parse(&self) -> Unit<'_> {
        let nothing = |problem| Unit {
            problems: vec![problem],
            ..Unit::default()
        };
        // The parser is somebody else's: should it panic, one file is lost, not all.
        let stub = self.place.language == Language::Stub;
        let parsed = catch_unwind(AssertUnwindSafe(|| python::unit(&self.text, stub)));
        let mut unit = match parsed {
            Ok(Ok(unit)) => unit,
            Ok(Err(problem)) => nothing(problem),
            Err(_) => nothing(Problem {
                line: 1,
                message: "the parser gave up".to_owned(),
            }),
        };
        if let Some(wrong) = &self.wrong {
            unit.problems.insert(
                0,
                Problem {
                    line: 1,
                    message: wrong.clone(),
                },
            );
        }
        unit
    }

    fn module<'f>(&'f self, unit: &Unit<'f>, findings: &Findings) -> Module<'f> {
        let problem = |problem: &Problem| record::Problem {
            line: problem.line,
            message: problem.message.clone(),
        };
        Module {
            name: Cow::Borrowed(&self.place.module),
            path: Cow::Borrowed(self.path),
            sha256: (!self.sha256.is_empty()).then(|| self.sha256.clone()),
            tag: self.place.tag,
            provenance: match self.place.language {
                Language::Python => None,
                Language::Stub => Some(Provenance::Stub),
                Language::Compiled => Some(Provenance::Compiled),
            },
            problems: unit.problems.iter().map(problem).collect(),
            doc: unit.doc.as_ref().map(docstring::clean),
            members: members::members(unit, findings),
            ..Module::default()
        }
    }
}

/// One module of each name: the files that belong together are neighbours.
fn join<'f>(parts: Vec<Module<'f>>, files: &[File<'_>]) -> Vec<Module<'f>> {
    let mut modules: Vec<Module<'f>> = Vec::with_capacity(parts.len());
    for (part, file) in parts.into_iter().zip(files) {
        let same = modules.last().is_some_and(|last| last.name == part.name);
        let last = if same { modules.pop() } else { None };
        match (last, file.place.language) {
            (None, _) => modules.push(part),
            // Sorted before the compiled one comes the stub, and before that the source.
            (Some(last), Language::Stub) => modules.push(merge::merge(last, part)),
            (Some(last), Language::Compiled) if last.provenance == Some(Provenance::Stub) => {
                modules.push(merge::merge(part, last))
            }
            (Some(last), Language::Compiled) => modules.push(last),
            (Some(last), Language::Python) => modules.extend([last, part]),
        }
    }
    modules
}

/// Members that only a compiled module holds, of which all that is known is what their docstrings say.
fn add_compiled(modules: &mut [Module<'_>], added: Vec<Added>) {
    let mut classes: HashMap<(usize, String), usize> = HashMap::new();
    for Added {
        module,
        class,
        name,
        found,
    } in added
    {
        let Ok(at) = modules.binary_search_by(|known| (*known.name).cmp(&module)) else {
            continue;
        };
        let all = &mut modules[at].members;
        let all = match class {
            None => all,
            Some(class) => {
                let known = *classes.entry((at, class.clone())).or_insert_with(|| {
                    all.iter()
                        .position(|member| member.name == class)
                        .unwrap_or_else(|| {
                            all.push(Member {
                                kind: Kind::Class,
                                name: Cow::Owned(class),
                                provenance: Some(Provenance::Compiled),
                                ..Member::default()
                            });
                            all.len() - 1
                        })
                });
                &mut all[known].members
            }
        };
        all.push(Member {
            kind: Kind::Attribute,
            name: Cow::Owned(name),
            provenance: Some(Provenance::Compiled),
            doc: found.text.map(|doc| docstring::clean(&Cow::Owned(doc))),
            doc_status: Some(found.status),
            doc_from: found.from.map(Cow::Owned),
            ..Member::default()
        });
    }
}

/// Adds what is defined in these members.
fn add(counts: &mut Counts, members: &[Member<'_>]) {
    for member in members {
        match member.kind {
            Kind::Function => counts.functions += 1,
            Kind::Method | Kind::Property => counts.methods += 1,
            Kind::Class => counts.classes += 1,
            Kind::Attribute | Kind::TypeAlias => counts.attributes += 1,
        }
        counts.overloads += member.overloads.len() as u64;
        add(counts, &member.members);
    }
}
