//! What `query` searches of one file, as bytes that can be kept: names, paths, what is shown, docstrings. Never trusts such bytes.
//!
//! Names come first, for most questions need nothing else; each section can be read alone.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Filter, Hit, Rank, Sort};
use crate::dna::lookup;
use crate::dna::read::Dna;
use crate::dna::record::{Kind, Member, Overload, Parameter, Text};

/// Bytes of a row: where its name, path, view and docstring begin, what it is, whether it is public, how many dots its path has.
const ROW: usize = 20;
/// The most bytes of a docstring that are kept to show its first sentence.
const SUMMARY: usize = 300;
const OPEN: u8 = 1;

/// The sections of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections {
    /// The rows, then the names, a line each. Begins with the number of rows.
    pub rows: Vec<u8>,
    /// Paths, a line each: the shown one, and after a tab the canonical one where it differs.
    pub paths: Vec<u8>,
    /// What is shown of each, as MessagePack.
    pub views: Vec<u8>,
    /// Docstrings, each ended by a zero byte.
    pub docs: Vec<u8>,
}

/// What is shown of a definition that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View<'a> {
    /// The definition as far as its signature needs it; none of a module.
    pub member: Option<Member<'a>>,
    /// The file.
    pub file: Text<'a>,
    /// The line.
    pub line: u32,
    /// How the docstring begins.
    pub summary: Text<'a>,
}

/// The rows of a file, looked at where they lie.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'b> {
    rows: &'b [u8],
    names: &'b [u8],
}

impl<'b> Rows<'b> {
    /// Rows in these bytes; none where the bytes cannot be rows.
    pub fn new(bytes: &'b [u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let size = (u32::from_le_bytes(*count) as usize).checked_mul(ROW)?;
        let (rows, names) = rest.split_at_checked(size)?;
        Some(Self { rows, names })
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> u32 {
        (self.rows.len() / ROW) as u32
    }

    pub(super) fn names(&self) -> &'b [u8] {
        self.names
    }

    fn field(&self, row: u32, field: usize) -> Option<usize> {
        let at = (row as usize).checked_mul(ROW)? + field * 4;
        let bytes = self.rows.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }

    fn byte(&self, row: u32, at: usize) -> u8 {
        self.rows.get(row as usize * ROW + 16 + at).copied().unwrap_or(0)
    }

    /// The bytes of a section that belong to a row; nothing where the numbers make no sense.
    fn slice<'s>(&self, row: u32, field: usize, section: &'s [u8]) -> &'s [u8] {
        let start = self.field(row, field).unwrap_or(usize::MAX);
        let end = self.field(row + 1, field).unwrap_or(section.len());
        section.get(start..end).unwrap_or_default()
    }

    pub(super) fn name(&self, row: u32) -> &'b [u8] {
        let line = self.slice(row, 0, self.names);
        line.strip_suffix(b"\n").unwrap_or(line)
    }

    /// Where the next name begins; always further on.
    pub(super) fn name_end(&self, row: u32) -> usize {
        self.field(row + 1, 0).unwrap_or(self.names.len())
    }

    pub(super) fn row_at(&self, name: usize) -> u32 {
        self.last(0, name)
    }

    pub(super) fn row_of_path(&self, path: usize) -> u32 {
        self.last(1, path)
    }

    pub(super) fn path_end(&self, row: u32, paths: &[u8]) -> usize {
        self.field(row + 1, 1).unwrap_or(paths.len())
    }

    pub(super) fn row_of_doc(&self, doc: usize) -> u32 {
        self.last(3, doc)
    }

    /// The last row that begins at or before this place.
    fn last(&self, field: usize, place: usize) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.field(middle, field).is_some_and(|start| start <= place) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// A row's paths, separated by a tab.
    pub fn path<'s>(&self, row: u32, paths: &'s [u8]) -> &'s [u8] {
        let line = self.slice(row, 1, paths);
        line.strip_suffix(b"\n").unwrap_or(line)
    }

    /// What is shown of a row.
    pub fn view(&self, row: u32, views: &[u8]) -> Option<View<'static>> {
        rmp_serde::from_slice(self.slice(row, 2, views)).ok()
    }

    pub(super) fn doc<'s>(&self, row: u32, docs: &'s [u8]) -> &'s [u8] {
        let doc = self.slice(row, 3, docs);
        doc.strip_suffix(b"\0").unwrap_or(doc)
    }

    pub(super) fn doc_end(&self, row: u32, docs: &[u8]) -> usize {
        self.field(row + 1, 3).unwrap_or(docs.len())
    }

    /// What a row is.
    pub fn sort(&self, row: u32) -> Sort {
        SORTS
            .get(usize::from(self.byte(row, 0)))
            .copied()
            .unwrap_or(Sort::Module)
    }

    /// Whether a row is meant for others.
    pub fn is_open(&self, row: u32) -> bool {
        self.byte(row, 1) == OPEN
    }

    pub(super) fn passes(&self, row: u32, filter: &Filter) -> bool {
        (!filter.public || self.is_open(row))
            && (filter.kinds.is_empty() || filter.kinds.contains(&self.sort(row)))
    }

    pub(super) fn hit(&self, row: u32, rank: Rank) -> Hit {
        Hit {
            rank,
            open: self.is_open(row),
            dots: self.byte(row, 2),
            length: self.name(row).len() as u32,
            row,
        }
    }
}

/// By their numbers in a row.
const SORTS: [Sort; 7] = [
    Sort::Module,
    Sort::Of(Kind::Function),
    Sort::Of(Kind::Method),
    Sort::Of(Kind::Class),
    Sort::Of(Kind::Property),
    Sort::Of(Kind::Attribute),
    Sort::Of(Kind::TypeAlias),
];

/// Sections of a file.
pub(super) fn build(dna: &Dna) -> Sections {
    let mut public: HashMap<&str, &str> = HashMap::new();
    for (path, to) in &dna.body.public {
        let shorter =
            |known: &str| (path.matches('.').count(), path.len()) < (known.matches('.').count(), known.len());
        let known = public.entry(to).or_insert(path);
        if shorter(known) {
            *known = path;
        }
    }
    let mut writer = Writer {
        dna,
        public,
        count: 0,
        rows: Vec::new(),
        names: Vec::new(),
        sections: Sections::default(),
    };
    for module in &dna.body.modules {
        let open = module.tag.is_none() && !module.name.split('.').any(|part| part.starts_with('_'));
        let view = View {
            member: None,
            file: lend(&module.path),
            line: 1,
            summary: Cow::Borrowed(begin(module.doc.as_deref())),
        };
        let path = Path::of(
            &module.name,
            writer.public.get(module.name.as_ref()).copied(),
            open,
        );
        writer.add(Sort::Module, &path, &view, module.doc.as_deref());
        writer.members(&module.members, &path, &module.path);
    }
    let mut sections = writer.sections;
    sections.rows = writer.count.to_le_bytes().to_vec();
    sections.rows.append(&mut writer.rows);
    sections.rows.append(&mut writer.names);
    sections
}

/// A definition's paths, and whether it is meant for others.
struct Path {
    shown: String,
    canonical: String,
    open: bool,
}

impl Path {
    fn of(canonical: &str, public: Option<&str>, open: bool) -> Self {
        let dots = |path: &str| path.matches('.').count();
        // A re-export that is no shorter tells nobody more.
        let public = public.filter(|public| !open || dots(public) < dots(canonical));
        Self {
            shown: clean(public.unwrap_or(canonical)),
            canonical: clean(canonical),
            open: open || public.is_some(),
        }
    }
}

struct Writer<'d> {
    dna: &'d Dna,
    public: HashMap<&'d str, &'d str>,
    count: u32,
    rows: Vec<u8>,
    names: Vec<u8>,
    sections: Sections,
}

impl<'d> Writer<'d> {
    fn members(&mut self, members: &'d [Member<'static>], above: &Path, file: &'d str) {
        for member in members {
            let canonical = format!("{}.{}", above.canonical, member.name);
            let open = above.open && lookup::is_open(&member.name, member.visibility);
            let shown = match self.public.get(canonical.as_str()) {
                Some(public) => Path::of(&canonical, Some(public), open),
                None if above.shown == above.canonical => Path::of(&canonical, None, open),
                // What is in something public is found there.
                None => Path {
                    shown: clean(&format!("{}.{}", above.shown, member.name)),
                    ..Path::of(&canonical, None, open)
                },
            };
            let doc = lookup::doc(self.dna, member).map(|(doc, _)| doc);
            let view = View {
                member: Some(face(member)),
                file: Cow::Borrowed(file),
                line: member.line,
                summary: Cow::Borrowed(begin(doc)),
            };
            self.add(Sort::Of(member.kind), &shown, &view, member.doc.as_deref());
            self.members(&member.members, &shown, file);
        }
    }

    fn add(&mut self, sort: Sort, path: &Path, view: &View<'_>, doc: Option<&str>) {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let sections = &mut self.sections;
        let starts = [&self.names, &sections.paths, &sections.views, &sections.docs];
        for start in starts.map(|section| section.len() as u32) {
            self.rows.extend(start.to_le_bytes());
        }
        let number = SORTS.iter().position(|known| *known == sort).unwrap_or(0) as u8;
        let dots = u8::try_from(path.shown.matches('.').count()).unwrap_or(u8::MAX);
        self.rows.extend([number, u8::from(path.open), dots, 0]);
        self.count += 1;
        let (shown, canonical) = (last(&path.shown), last(&path.canonical));
        self.names.extend(shown.as_bytes());
        if shown != canonical {
            self.names.push(b'\t');
            self.names.extend(canonical.as_bytes());
        }
        self.names.push(b'\n');
        sections.paths.extend(path.shown.as_bytes());
        if path.shown != path.canonical {
            sections.paths.push(b'\t');
            sections.paths.extend(path.canonical.as_bytes());
        }
        sections.paths.push(b'\n');
        // Writing to memory cannot fail; a view that could not be written is none.
        sections
            .views
            .extend(rmp_serde::to_vec_named(view).unwrap_or_default());
        sections.docs.extend(doc.unwrap_or_default().as_bytes());
        sections.docs.push(0);
    }
}

/// Lines and tabs separate names here; no name of Python has any.
fn clean(path: &str) -> String {
    path.replace(char::is_control, "\u{fffd}")
}

fn lend<'a>(text: &'a Text<'_>) -> Text<'a> {
    Cow::Borrowed(text.as_ref())
}

fn begin(doc: Option<&str>) -> &str {
    let doc = doc.unwrap_or_default().trim_start();
    let mut end = doc.len().min(SUMMARY);
    while !doc.is_char_boundary(end) {
        end -= 1;
    }
    doc.get(..end).unwrap_or_default()
}

/// What a signature on one line needs.
fn face<'a>(member: &'a Member<'static>) -> Member<'a> {
    Member {
        kind: member.kind,
        name: lend(&member.name),
        line: member.line,
        is_async: member.is_async,
        decorators: member.decorators.iter().take(1).map(lend).collect(),
        parameters: said(&member.parameters),
        returns: member.returns.as_ref().map(lend),
        type_parameters: member.type_parameters.iter().map(lend).collect(),
        bases: member.bases.iter().map(lend).collect(),
        annotation: member.annotation.as_ref().map(lend),
        value: member.value.as_ref().map(lend),
        overloads: member.overloads.iter().take(1).map(first).collect(),
        deprecated: member.deprecated.clone(),
        ..Member::default()
    }
}

fn first<'a>(overload: &'a Overload<'static>) -> Overload<'a> {
    Overload {
        doc: None,
        parameters: said(&overload.parameters),
        ..overload.clone()
    }
}

/// A plain `self` is kept, too: what is kept of a signature is not restored as a file is.
fn said<'a>(parameters: &[Parameter<'a>]) -> Vec<Parameter<'a>> {
    let mut parameters = parameters.to_vec();
    for parameter in &mut parameters {
        parameter.implied = false;
    }
    parameters
}
