//! `{username}/registry.json`: a publisher's modules. Never asks whether a gist exists.

use super::decode::{At, Format, FormatVersion, ProblemKind, Problems};
use super::json::{Document, Member};
use super::name::{GistId, Login, ModuleName, Name, Revision, Sha256, Timestamp};
use super::text::{Span, Spanned};

/// A publisher's file, as far as it is sound. A missing or wrong value is `None` here and a problem in the decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The format's version.
    pub version: Option<Spanned<FormatVersion>>,
    /// When the publisher last changed the file.
    pub updated: Option<Spanned<Timestamp>>,
    /// Whose file it is.
    pub author: Option<Spanned<Login>>,
    /// The modules whose name and gist are sound, in the order of the file, duplicates included.
    pub modules: Vec<Module>,
    /// Every key of `modules`, sound or not, where it stands.
    pub names: Vec<Spanned<Box<str>>>,
}

/// One module of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: Spanned<ModuleName>,
    /// The gist that holds it.
    pub gist: Spanned<GistId>,
    /// What it is for, in a sentence.
    pub description: Option<Spanned<Box<str>>>,
    /// Words to find it by.
    pub tags: Vec<Spanned<Box<str>>>,
    /// When it was first published.
    pub created: Option<Spanned<Timestamp>>,
    /// Which file of the gist; without it, the only one or the only one with a module's extension.
    pub file: Option<Spanned<Box<str>>>,
    /// The gist's commit that is meant.
    pub revision: Option<Spanned<Revision>>,
    /// The digest of the file's content at that revision.
    pub sha256: Option<Spanned<Sha256>>,
    /// Why it should not be used any more.
    pub yanked: Option<Spanned<Box<str>>>,
    /// The whole entry.
    pub span: Span,
}

const KEYS: &[&str] = &["version", "updated", "author", "modules"];
const MODULE_KEYS: &[&str] = &[
    "gist",
    "description",
    "tags",
    "created",
    "file",
    "revision",
    "sha256",
    "yanked",
];

/// Most modules of one publisher.
pub const MAX_MODULES: usize = 2_000;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1_000;
/// Most tags of one module.
pub const MAX_TAGS: usize = 30;

impl Format for Publisher {
    fn decode(document: &Document<'_>, problems: &mut Problems) -> Self {
        let at = At::ROOT;
        let fields = problems.object(&document.root, &at, KEYS);
        let mut name = |key| fields.required(key, &at, problems);
        let (version, updated, author, modules) =
            (name("version"), name("updated"), name("author"), name("modules"));
        let mut publisher = Publisher {
            version: version.and_then(|node| problems.name(node, &at.key("version"))),
            updated: updated.and_then(|node| problems.name(node, &at.key("updated"))),
            author: author.and_then(|node| problems.name(node, &at.key("author"))),
            modules: Vec::new(),
            names: Vec::new(),
        };
        let Some(modules) = modules else { return publisher };
        let at = at.key("modules");
        let fields = problems.object(modules, &at, &[]);
        if fields.members.len() > MAX_MODULES {
            let message = format!(
                "at most {MAX_MODULES} modules are allowed here, found {}",
                fields.members.len()
            );
            problems.format(modules.span, &at, message, None);
        }
        publisher.names = fields
            .members
            .iter()
            .map(|member| Spanned::new(member.key.as_ref().into(), member.key_span))
            .collect();
        let sound = fields
            .members
            .iter()
            .filter_map(|member| module(member, &at, problems));
        publisher.modules = Vec::with_capacity(fields.members.len().min(MAX_MODULES));
        publisher.modules.extend(sound);
        publisher
    }
}

fn module(member: &Member<'_>, parent: &At<'_>, problems: &mut Problems) -> Option<Module> {
    let at = parent.key(&member.key);
    let name = ModuleName::parse(&member.key);
    if let Err(invalid) = name {
        let shown: String = member.key.chars().take(80).collect();
        let message = format!("{shown:?} is not {}", invalid.what);
        let (help, replacement) = mended(&member.key);
        problems.push(
            member.key_span,
            &at,
            ProblemKind::ModuleName,
            message,
            Some(help),
            replacement,
        );
    }
    let fields = problems.object(&member.node, &at, MODULE_KEYS);
    let mut required = |key| fields.required(key, &at, problems);
    let (gist, description, tags, created) = (
        required("gist"),
        required("description"),
        required("tags"),
        required("created"),
    );
    let gist = gist.and_then(|node| problems.name(node, &at.key("gist")));
    let description =
        description.and_then(|node| problems.text(node, &at.key("description"), 1..=MAX_DESCRIPTION));
    let tags = tags.map_or_else(Vec::new, |node| {
        problems.list(node, &at.key("tags"), MAX_TAGS, |problems, item, at| {
            problems.text(item, at, 1..=50)
        })
    });
    let created = created.and_then(|node| problems.name(node, &at.key("created")));
    let file = fields
        .optional("file")
        .and_then(|node| problems.text(node, &at.key("file"), 1..=255));
    let revision = fields
        .optional("revision")
        .and_then(|node| problems.name(node, &at.key("revision")));
    let sha256 = fields
        .optional("sha256")
        .and_then(|node| problems.name(node, &at.key("sha256")));
    let yanked = fields
        .optional("yanked")
        .and_then(|node| problems.text(node, &at.key("yanked"), 1..=500));
    let name = Spanned::new(name.ok()?, member.key_span);
    Some(Module {
        name,
        gist: gist?,
        description,
        tags,
        created,
        file,
        revision,
        sha256,
        yanked,
        span: member.node.span,
    })
}

/// What to write instead of a name that is none, where that is certain enough to be shown.
fn mended(name: &str) -> (String, Option<String>) {
    let form =
        "write 1 to 64 lowercase letters, digits and single hyphens, starting with a letter".to_owned();
    let parts: Vec<String> = name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let better = parts.join("-");
    let replacement = ModuleName::parse(&better)
        .ok()
        .filter(|_| name.is_ascii())
        .map(|name| format!("\"{name}\""));
    (form, replacement)
}
