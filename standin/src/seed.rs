//! Seeds a stand-in from JSON, for tests in another process. The format is in standin/README.md; a key that it does not
//! know is an error.

use std::path::Path;

use serde_json::{Map, Value};

use crate::control::parse_fault;
use crate::repo_row::Permission;
use crate::{AccountKind, Edit, Repo, ReviewState, Standin};

type Result<T> = std::result::Result<T, String>;

impl Standin {
    /// Adds what `seed` describes; paths of `directory` are relative to `root`.
    pub fn seed(&self, seed: &Value, root: &Path) -> Result<()> {
        let seed = Table::of(
            seed,
            "the seed",
            &[
                "clock",
                "mergeable_delay",
                "accounts",
                "tokens",
                "gists",
                "repositories",
                "faults",
            ],
        )?;
        if let Some(seconds) = seed.map["clock"].as_i64() {
            self.set_clock(seconds);
        }
        seed.each("accounts", |value| self.seed_account(value))?;
        seed.each("tokens", |value| self.seed_token(value))?;
        seed.each("gists", |value| self.seed_gist(value))?;
        seed.each("repositories", |value| self.seed_repository(value, root))?;
        seed.each("faults", |value| {
            let mut state = self.lock();
            let id = state.next_object_id();
            state.faults.push(parse_fault(value)?.with_id(id));
            Ok(())
        })?;
        if let Some(gets) = seed.map["mergeable_delay"].as_u64() {
            self.mergeable_delay(u32::try_from(gets).map_err(|_| "mergeable_delay is too large")?);
        }
        Ok(())
    }

    fn seed_account(&self, value: &Value) -> Result<()> {
        let account = Table::of(value, "an account", &["login", "id", "kind"])?;
        let kind = match account.text("kind") {
            None | Some("User") => AccountKind::User,
            Some("Organization") => AccountKind::Organization,
            Some("Bot") => AccountKind::Bot,
            Some(other) => return Err(format!("there is no kind of account `{other}`")),
        };
        self.account_with(account.required("login")?, |new| {
            new.kind = kind;
            new.id = account.map["id"].as_u64().unwrap_or(new.id);
        });
        Ok(())
    }

    fn seed_token(&self, value: &Value) -> Result<()> {
        let given = Table::of(
            value,
            "a token",
            &["token", "user", "scopes", "permissions", "read_only"],
        )?;
        let mut token = self.token(given.required("token")?);
        let areas = given.map["permissions"].as_object();
        let areas = areas.map(|areas| {
            areas
                .iter()
                .map(|(area, level)| (area.as_str(), level.as_str().unwrap_or("")))
        });
        token = match (given.text("user"), areas) {
            (Some(user), Some(areas)) => token.fine_grained(user, areas),
            (Some(user), None) => token.user(user),
            (None, Some(areas)) => token.permissions(areas),
            (None, None) => token,
        };
        if let Some(scopes) = given.map["scopes"].as_array() {
            token = token.scopes(scopes.iter().filter_map(Value::as_str));
        }
        if given.flag("read_only") {
            token.read_only();
        }
        Ok(())
    }

    fn seed_gist(&self, value: &Value) -> Result<()> {
        let keys = ["owner", "id", "public", "ownerless", "description", "files"];
        let given = Table::of(value, "a gist", &keys)?;
        let mut gist = self.gist(given.required("owner")?).public();
        if given.map["public"] == false {
            gist = gist.secret();
        }
        if given.flag("ownerless") {
            gist = gist.ownerless();
        }
        if let Some(id) = given.text("id") {
            gist = gist.id(id);
        }
        if let Some(text) = given.text("description") {
            gist = gist.description(text);
        }
        for (name, content) in given.texts("files")? {
            gist = gist.file(name, content);
        }
        gist.create();
        Ok(())
    }

    fn seed_repository(&self, value: &Value, root: &Path) -> Result<()> {
        let keys = [
            "name",
            "branch",
            "files",
            "directory",
            "collaborators",
            "protected",
            "pulls",
        ];
        let given = Table::of(value, "a repository", &keys)?;
        let mut builder = self
            .repo(given.required("name")?)
            .branch(given.text("branch").unwrap_or("main"));
        if let Some(directory) = given.text("directory") {
            builder = builder
                .directory(root.join(directory))
                .map_err(|error| format!("{directory}: {error}"))?;
        }
        let repo = builder.files(given.texts("files")?).create();
        for (login, role) in given.texts("collaborators")? {
            repo.set_permission(&login, permission(&role)?);
        }
        for (branch, tokens) in given.map["protected"].as_object().into_iter().flatten() {
            let tokens = tokens.as_array().into_iter().flatten().filter_map(Value::as_str);
            repo.protect_with_bypass(branch, tokens);
        }
        given.each("pulls", |pull| seed_pull(&repo, pull))
    }
}

fn seed_pull(repo: &Repo, value: &Value) -> Result<()> {
    let keys = [
        "author",
        "title",
        "body",
        "base",
        "branch",
        "same_repo",
        "draft",
        "edits",
        "comments",
        "labels",
        "reviews",
        "merged",
    ];
    let given = Table::of(value, "a pull request", &keys)?;
    let edits = given.map["edits"].as_array().map_or(&[][..], Vec::as_slice);
    let edits: Vec<Edit> = edits.iter().map(edit).collect::<Result<_>>()?;
    let mut pull = repo.pull(given.required("author")?).edits(edits);
    for (key, set) in [
        ("title", crate::PullBuilder::title as fn(_, String) -> _),
        ("body", crate::PullBuilder::body as fn(_, String) -> _),
        ("base", crate::PullBuilder::base as fn(_, String) -> _),
        ("branch", crate::PullBuilder::branch as fn(_, String) -> _),
    ] {
        if let Some(text) = given.text(key) {
            pull = set(pull, text.to_owned());
        }
    }
    if given.flag("same_repo") {
        pull = pull.same_repo();
    }
    if given.flag("draft") {
        pull = pull.draft();
    }
    let number = pull.open();
    given.each("labels", |label| {
        repo.label(number, label.as_str().ok_or("a label is a text")?);
        Ok(())
    })?;
    given.each("comments", |comment| {
        let comment = Table::of(comment, "a comment", &["author", "body"])?;
        repo.comment(number, comment.required("author")?, comment.required("body")?);
        Ok(())
    })?;
    given.each("reviews", |review| {
        let review = Table::of(review, "a review", &["author", "state"])?;
        let state = match review.required("state")? {
            "approved" => ReviewState::Approved,
            "changes_requested" => ReviewState::ChangesRequested,
            "commented" => ReviewState::Commented,
            other => return Err(format!("there is no review `{other}`")),
        };
        repo.review(number, review.required("author")?, state);
        Ok(())
    })?;
    if given.flag("merged") {
        repo.squash(number);
    }
    Ok(())
}

fn edit(value: &Value) -> Result<Edit> {
    let keys = [
        "write",
        "executable",
        "symlink",
        "submodule",
        "delete",
        "rename",
        "content",
        "hex",
        "target",
        "commit",
        "to",
    ];
    let given = Table::of(value, "an edit", &keys)?;
    let verb = keys[..6]
        .iter()
        .find(|verb| given.map.contains_key(verb))
        .ok_or("an edit without a verb")?;
    let path = given.required(verb)?.to_owned();
    Ok(match *verb {
        "write" => match given.text("hex") {
            Some(hex) => Edit::write(path, unhex(hex)?),
            None => Edit::write(path, given.required("content")?),
        },
        "executable" => Edit::executable(path, given.required("content")?),
        "symlink" => Edit::symlink(path, given.required("target")?),
        "submodule" => Edit::submodule(path, given.required("commit")?),
        "delete" => Edit::delete(path),
        _ => Edit::rename(path, given.required("to")?),
    })
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    let byte = |at: usize| {
        text.get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..text.len())
        .step_by(2)
        .map(|at| byte(at).ok_or_else(|| "`hex` is pairs of hexadecimal digits".to_owned()))
        .collect()
}

fn permission(role: &str) -> Result<Permission> {
    let all = [
        Permission::Read,
        Permission::Triage,
        Permission::Write,
        Permission::Maintain,
        Permission::Admin,
    ];
    all.into_iter()
        .find(|known| known.role() == role)
        .ok_or(format!("there is no role `{role}`"))
}

/// An object whose keys are known; an absent one reads as null.
struct Table<'a> {
    what: &'a str,
    map: Defaulting<'a>,
}

struct Defaulting<'a>(&'a Map<String, Value>);

impl std::ops::Index<&str> for Defaulting<'_> {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }
}

impl Defaulting<'_> {
    fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

impl<'a> Table<'a> {
    fn of(value: &'a Value, what: &'a str, keys: &[&str]) -> Result<Table<'a>> {
        let map = value.as_object().ok_or(format!("{what} is an object"))?;
        match map.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(format!("{what} has no key `{key}`")),
            None => Ok(Table {
                what,
                map: Defaulting(map),
            }),
        }
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.map.0.get(key).and_then(Value::as_str)
    }

    fn required(&self, key: &str) -> Result<&'a str> {
        self.text(key)
            .ok_or(format!("{} needs a text `{key}`", self.what))
    }

    fn flag(&self, key: &str) -> bool {
        self.map[key] == true
    }

    fn texts(&self, key: &str) -> Result<Vec<(String, String)>> {
        let pairs = self.map[key].as_object().into_iter().flatten();
        let text = |(name, value): (&String, &Value)| {
            Ok((
                name.clone(),
                value
                    .as_str()
                    .ok_or(format!("`{key}` of {} holds texts", self.what))?
                    .to_owned(),
            ))
        };
        pairs.map(text).collect()
    }

    fn each(&self, key: &str, take: impl FnMut(&'a Value) -> Result<()>) -> Result<()> {
        match self.map.0.get(key) {
            None => Ok(()),
            Some(list) => list
                .as_array()
                .ok_or(format!("`{key}` is a list"))?
                .iter()
                .try_for_each(take),
        }
    }
}
