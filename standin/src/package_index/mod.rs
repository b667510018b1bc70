//! A small package index on loopback: pages as HTML and JSON, files, yanked releases, faults. Never reaches out to any other machine.
//!
//! ```
//! use gistry_standin::package_index::{File, PackageIndex, wheel};
//!
//! let index = PackageIndex::start();
//! let (name, bytes) = wheel("six", "1.0", &[("six.py", "def u(s): return s\n")]);
//! index.add(File::new("six", &name, bytes).requires_python(">=3"));
//! assert!(index.url().ends_with("/simple"));
//! ```

mod archive;
mod page;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

pub use archive::{sdist, tarball, wheel, zip};
pub use page::Form;

use crate::exchange::{Answer, Request};
use crate::fault::{Delivery, Fault, FaultRow};
use crate::server::Server;

/// A file that is offered.
#[derive(Clone, Debug)]
pub struct File {
    package: String,
    name: String,
    bytes: Vec<u8>,
    sha256: Option<String>,
    size: Option<u64>,
    requires_python: Option<String>,
    upload_time: Option<String>,
    yanked: Option<String>,
    url: Option<String>,
}

impl File {
    /// A file of a package (its normalised name).
    pub fn new(package: &str, name: &str, bytes: Vec<u8>) -> File {
        File {
            package: package.to_owned(),
            name: name.to_owned(),
            sha256: Some(sha256(&bytes)),
            size: Some(bytes.len() as u64),
            bytes,
            requires_python: None,
            upload_time: Some("2024-01-20T02:10:33.123456Z".to_owned()),
            yanked: None,
            url: None,
        }
    }

    /// For these versions of Python.
    pub fn requires_python(mut self, versions: &str) -> File {
        self.requires_python = Some(versions.to_owned());
        self
    }

    /// Yanked, for this reason; may be empty.
    pub fn yanked(mut self, reason: &str) -> File {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// Uploaded then; nobody says when, if absent.
    pub fn uploaded(mut self, time: Option<&str>) -> File {
        self.upload_time = time.map(str::to_owned);
        self
    }

    /// The index promises this digest, or none.
    pub fn promised(mut self, sha256: Option<&str>) -> File {
        self.sha256 = sha256.map(str::to_owned);
        self
    }

    /// The index says this size, or none.
    pub fn sized(mut self, size: Option<u64>) -> File {
        self.size = size;
        self
    }

    /// The page points there.
    pub fn at(mut self, url: &str) -> File {
        self.url = Some(url.to_owned());
        self
    }
}

/// A request, as it was answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET` or `HEAD`.
    pub method: String,
    /// Decoded.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The answer's.
    pub status: u16,
}

impl Asked {
    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct State {
    files: Vec<File>,
    form: Form,
    pages: BTreeMap<String, (String, Vec<u8>)>,
    redirects: BTreeMap<String, String>,
    account: Option<(String, String)>,
    faults: Vec<FaultRow>,
    asked: Vec<Asked>,
}

/// A running index. Clones share it; it stops when the last one is dropped.
#[derive(Clone)]
pub struct PackageIndex {
    guard: Arc<Guard>,
}

struct Guard {
    state: Arc<Mutex<State>>,
    url: String,
    server: Option<Server>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

impl PackageIndex {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> PackageIndex {
        PackageIndex::start_on(0)
    }

    /// Starts on this port (0: a free one).
    pub fn start_on(port: u16) -> PackageIndex {
        let state = Arc::new(Mutex::new(State::default()));
        let (served, mut base) = (state.clone(), String::new());
        let server = Server::start(port, |url| {
            base.clone_from(&url);
            Arc::new(move |request| serve(&served, &url, &request))
        });
        PackageIndex {
            guard: Arc::new(Guard {
                state,
                url: base,
                server: Some(server),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.guard.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the Simple API, without a slash at the end.
    pub fn url(&self) -> String {
        format!("{}/simple", self.guard.url)
    }

    /// The server's address, without a slash at the end: a proxy's, for whoever uses it as one.
    pub fn base(&self) -> String {
        self.guard.url.clone()
    }

    /// Offers a file; one of the same name is replaced.
    pub fn add(&self, file: File) {
        let mut state = self.lock();
        state.files.retain(|known| known.name != file.name);
        state.files.push(file);
    }

    /// Offers a file no more.
    pub fn remove(&self, name: &str) {
        self.lock().files.retain(|file| file.name != name);
    }

    /// Yanks a file, or takes that back.
    pub fn yank(&self, name: &str, reason: Option<&str>) {
        let mut state = self.lock();
        for file in state.files.iter_mut().filter(|file| file.name == name) {
            file.yanked = reason.map(str::to_owned);
        }
    }

    /// How pages are written, whatever is asked for; as asked for, unless told otherwise.
    pub fn form(&self, form: Form) {
        self.lock().form = form;
    }

    /// The page of a package is this, whatever it offers.
    pub fn page(&self, package: &str, content_type: &str, body: impl Into<Vec<u8>>) {
        let page = (content_type.to_owned(), body.into());
        self.lock().pages.insert(package.to_owned(), page);
    }

    /// Who asks for this path is sent there.
    pub fn redirect(&self, path: &str, to: &str) {
        self.lock().redirects.insert(path.to_owned(), to.to_owned());
    }

    /// Only who says this name and password gets anything.
    pub fn account(&self, name: &str, password: &str) {
        self.lock().account = Some((name.to_owned(), password.to_owned()));
    }

    /// Makes so many requests fail (all, if absent) whose method (or `*`) and path match, as [`crate::Standin::fault`] has it.
    pub fn fault(&self, method: &str, path: &str, fault: Fault, times: Option<u64>) {
        let row = FaultRow::new(method, path, fault).limited(times, 0);
        self.lock().faults.push(row);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// The lines `GET /simple/six/` of what was asked since the last call.
    pub fn take_asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.lock().asked);
        asked
            .iter()
            .map(|one| format!("{} {} {}", one.method, one.path, one.status))
            .collect()
    }
}

fn serve(state: &Mutex<State>, base: &str, request: &Request) -> (Answer, Delivery) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let path = percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
    let hit = state
        .faults
        .iter_mut()
        .find_map(|row| row.hits(&request.method, &path).then(|| row.fault.clone()));
    let replaced = hit.as_ref().and_then(Fault::answer);
    let mut answer = replaced.unwrap_or_else(|| answer(&state, base, request, &path));
    let delivery = hit.map_or(Delivery::Whole, |fault| fault.deliver(&mut answer));
    state.asked.push(Asked {
        method: request.method.clone(),
        path,
        headers: request.headers.clone(),
        status: answer.status,
    });
    (answer, delivery)
}

fn answer(state: &State, base: &str, request: &Request, path: &str) -> Answer {
    use base64::Engine;
    if let Some((name, password)) = &state.account {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        if request.header("authorization") != Some(&format!("Basic {pair}")) {
            return Answer::text(401, "text/plain", "who are you?").with("www-authenticate", "Basic");
        }
    }
    if let Some(to) = state.redirects.get(path) {
        return Answer::empty(302).with("location", to.as_str());
    }
    if let Some(package) = path
        .strip_prefix("/simple/")
        .and_then(|rest| rest.strip_suffix('/'))
    {
        let (content_type, body) = match state.pages.get(package) {
            Some(page) => page.clone(),
            None => {
                let files: Vec<&File> = state
                    .files
                    .iter()
                    .filter(|file| file.package == package)
                    .collect();
                if files.is_empty() {
                    return Answer::text(404, "text/plain", "404 Not Found");
                }
                let accept = request.header("accept").unwrap_or_default();
                page::write(package, &files, state.form, accept, base)
            }
        };
        let etag = format!("\"{}\"", &sha256(&body)[..16]);
        if request.header("if-none-match") == Some(&etag) {
            return Answer::empty(304).with("etag", etag);
        }
        let packed = request
            .header("accept-encoding")
            .is_some_and(|value| value.contains("gzip"));
        let mut answer = Answer {
            status: 200,
            headers: vec![("content-type".into(), content_type), ("etag".into(), etag)],
            body,
        };
        if packed {
            answer.body = archive::gzip(&answer.body);
            answer = answer.with("content-encoding", "gzip");
        }
        return answer;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let file = state
        .files
        .iter()
        .find(|file| path.starts_with("/files/") && file.name == name);
    file.map_or_else(
        || Answer::text(404, "text/plain", "404 Not Found"),
        |file| Answer {
            status: 200,
            headers: vec![("content-type".into(), "application/octet-stream".into())],
            body: file.bytes.clone(),
        },
    )
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
