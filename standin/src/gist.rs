//! Gists: seeding, editing, deleting. Every revision stays, as on GitHub.

use std::collections::BTreeMap;

use crate::Standin;
use crate::account::AccountKind;
use crate::state::{State, hex};

/// GitHub cuts a file's content here and says `truncated`.
pub(crate) const CONTENT_LIMIT: usize = 1 << 20;
/// GitHub lists no more files than this.
pub(crate) const FILE_LIMIT: usize = 300;

#[derive(Clone, Debug)]
pub(crate) struct GistRow {
    pub id: String,
    pub node_id: String,
    pub owner: Option<u64>,
    pub public: bool,
    pub description: Option<String>,
    pub created_at: i64,
    /// Oldest first.
    pub revisions: Vec<RevisionRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct RevisionRow {
    pub sha: String,
    pub at: i64,
    pub files: BTreeMap<String, FileRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    pub content: Vec<u8>,
    /// Cut although it is short, for tests that want no megabyte.
    pub truncated: bool,
}

impl GistRow {
    pub fn newest(&self) -> &RevisionRow {
        self.revisions.last().expect("a gist has a revision")
    }

    /// Adds a revision, gives its id.
    pub fn revise(&mut self, files: BTreeMap<String, FileRow>, at: i64) -> String {
        let mut seed = format!("{}\0{}", self.id, self.revisions.len());
        for (name, file) in &files {
            seed += &format!("\0{name}\0{}", String::from_utf8_lossy(&file.content));
        }
        let sha = hex(&seed, 40);
        self.revisions.push(RevisionRow {
            sha: sha.clone(),
            at,
            files,
        });
        sha
    }
}

impl State {
    pub fn new_gist(&mut self, owner: Option<u64>, id: Option<String>, public: bool) -> GistRow {
        let (number, created_at) = (self.next_object_id(), self.tick());
        let id = id.unwrap_or_else(|| hex(&format!("gist {number}"), 32));
        let node_id = format!("G_kwDO{}", hex(&id, 24));
        GistRow {
            id,
            node_id,
            owner,
            public,
            description: None,
            created_at,
            revisions: Vec::new(),
        }
    }
}

/// A gist in the making. Public, with a deterministic id, unless told otherwise.
#[must_use = "call create()"]
pub struct GistBuilder {
    standin: Standin,
    login: String,
    id: Option<String>,
    public: bool,
    ownerless: bool,
    description: Option<String>,
    files: BTreeMap<String, FileRow>,
}

impl GistBuilder {
    /// Adds a file.
    pub fn file(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> GistBuilder {
        self.files.insert(
            name.into(),
            FileRow {
                content: content.into(),
                truncated: false,
            },
        );
        self
    }

    /// Adds a file whose content is cut in half and marked `truncated`, as GitHub does beyond 1 MB.
    pub fn truncated(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> GistBuilder {
        self.files.insert(
            name.into(),
            FileRow {
                content: content.into(),
                truncated: true,
            },
        );
        self
    }

    /// Known to whoever knows its id only.
    pub fn secret(mut self) -> GistBuilder {
        self.public = false;
        self
    }

    /// Listed; the default.
    pub fn public(mut self) -> GistBuilder {
        self.public = true;
        self
    }

    /// `owner: null`: an anonymous gist, or one whose account was deleted.
    pub fn ownerless(mut self) -> GistBuilder {
        self.ownerless = true;
        self
    }

    /// Sets the id.
    pub fn id(mut self, id: impl Into<String>) -> GistBuilder {
        self.id = Some(id.into());
        self
    }

    /// Sets the description.
    pub fn description(mut self, text: impl Into<String>) -> GistBuilder {
        self.description = Some(text.into());
        self
    }

    /// Makes it, gives its id.
    pub fn create(self) -> String {
        let mut state = self.standin.lock();
        let owner = (!self.ownerless).then(|| state.ensure_account(&self.login, AccountKind::User).id);
        let mut gist = state.new_gist(owner, self.id, self.public);
        gist.description = self.description;
        gist.revise(self.files, gist.created_at);
        let id = gist.id.clone();
        assert!(
            state.gists.insert(id.clone(), gist).is_none(),
            "the gist id {id} is taken"
        );
        id
    }
}

/// Changes to a gist that make one new revision.
#[must_use = "call save()"]
pub struct GistEdit {
    standin: Standin,
    id: String,
    files: BTreeMap<String, FileRow>,
    public: bool,
}

impl GistEdit {
    /// Writes a file.
    pub fn file(mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> GistEdit {
        self.files.insert(
            name.into(),
            FileRow {
                content: content.into(),
                truncated: false,
            },
        );
        self
    }

    /// Removes a file.
    pub fn remove(mut self, name: &str) -> GistEdit {
        self.files.remove(name);
        self
    }

    /// Makes a secret gist public, or the other way round.
    pub fn public(mut self, public: bool) -> GistEdit {
        self.public = public;
        self
    }

    /// Saves, gives the new revision.
    pub fn save(self) -> String {
        let mut state = self.standin.lock();
        let at = state.tick();
        let gist = state
            .gists
            .get_mut(&self.id)
            .unwrap_or_else(|| panic!("there is no gist {}", self.id));
        gist.public = self.public;
        gist.revise(self.files, at)
    }
}

impl Standin {
    /// A gist of `login`, whose account is made if there is none.
    pub fn gist(&self, login: &str) -> GistBuilder {
        GistBuilder {
            standin: self.clone(),
            login: login.to_owned(),
            id: None,
            public: true,
            ownerless: false,
            description: None,
            files: BTreeMap::new(),
        }
    }

    /// Changes a gist; old revisions stay readable.
    pub fn edit_gist(&self, id: &str) -> GistEdit {
        let state = self.lock();
        let gist = state
            .gists
            .get(id)
            .unwrap_or_else(|| panic!("there is no gist {id}"));
        let (files, public) = (gist.newest().files.clone(), gist.public);
        GistEdit {
            standin: self.clone(),
            id: id.to_owned(),
            files,
            public,
        }
    }

    /// Deletes a gist; asked for, it is 404.
    pub fn delete_gist(&self, id: &str) {
        assert!(self.lock().gists.remove(id).is_some(), "there is no gist {id}");
    }

    /// GraphQL's global id of a gist.
    pub fn gist_node_id(&self, id: &str) -> String {
        self.lock()
            .gists
            .get(id)
            .unwrap_or_else(|| panic!("there is no gist {id}"))
            .node_id
            .clone()
    }

    /// The newest revision of a gist.
    pub fn gist_revision(&self, id: &str) -> String {
        let state = self.lock();
        state
            .gists
            .get(id)
            .unwrap_or_else(|| panic!("there is no gist {id}"))
            .newest()
            .sha
            .clone()
    }
}
