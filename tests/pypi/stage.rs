//! What the tests here share: an index that is asked, and material from small packages.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gistry::dna::Options;
use gistry::error::Result;
use gistry::io::archive::Limits;
use gistry::io::derive::{self, Derived, Manner, Material, Stated};
use gistry::io::pypi::{Config, PackageIndex};
use gistry::model::artifact::{ArtifactKind, DistFile, Project};
use gistry::model::name::{Name, PackageName, Sha256};
use gistry::model::progress::Progress;
use gistry::model::version::Version;
use sha2::Digest;

/// How archives are read and parsed where nothing else is said.
pub const MANNER: Manner = Manner {
    options: Options { include_tests: false },
    jobs: Some(2),
    limits: Limits::DEFAULT,
};

pub fn package(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

pub fn version(text: &str) -> Version {
    Version::new(text)
}

pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::parse(&format!("{:x}", sha2::Sha256::digest(bytes))).unwrap()
}

/// Keeps what it is told.
#[derive(Default)]
pub struct Notes(Mutex<Vec<String>>);

impl Notes {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Progress for Notes {
    fn start(&self, _: &str, _: Option<usize>) {}
    fn advance(&self, _: usize) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

/// An index that is asked synchronously.
pub struct Client {
    pub index: PackageIndex,
    pub notes: Arc<Notes>,
    runtime: tokio::runtime::Runtime,
}

pub fn config(url: &str) -> Config {
    Config {
        url: url.to_owned(),
        cache: None,
        offline: false,
        budget: Duration::from_secs(20),
        max_artifact: 100_000_000,
    }
}

impl Client {
    pub fn new(config: Config) -> Client {
        Client::with(config, &[]).unwrap()
    }

    pub fn with(config: Config, environment: &[(&str, &str)]) -> Result<Client> {
        let notes = Arc::new(Notes::default());
        let variable = |name: &str| {
            let pair = environment.iter().find(|(key, _)| *key == name);
            pair.map(|(_, value)| (*value).to_owned())
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Ok(Client {
            index: PackageIndex::in_surroundings(config, notes.clone(), &variable)?,
            notes,
            runtime,
        })
    }

    pub fn cached(url: &str, folder: PathBuf) -> Client {
        Client::new(Config {
            cache: Some(folder),
            ..config(url)
        })
    }

    pub fn project(&self, name: &str) -> Result<Option<Project>> {
        self.runtime.block_on(self.index.project(&package(name)))
    }

    pub fn artifact(&self, file: &DistFile) -> Result<Vec<u8>> {
        self.runtime.block_on(self.index.artifact(file))
    }

    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// What a DNA is made from.
pub fn material<'a>(name: &str, kind: ArtifactKind, filename: &str, bytes: &'a [u8]) -> Material<'a> {
    Material {
        package: package(name),
        release: "1.0".to_owned(),
        source: stated(filename, bytes),
        kind,
        yanked: None,
        bytes,
        beside: None,
    }
}

pub fn stated(filename: &str, bytes: &[u8]) -> Stated {
    Stated {
        origin: "pypi".to_owned(),
        artifact: filename.to_owned(),
        sha256: Some(sha256(bytes)),
        upload_time: None,
    }
}

pub fn derived(name: &str, kind: ArtifactKind, filename: &str, bytes: &[u8]) -> Derived {
    derive::artifact(&material(name, kind, filename, bytes), &MANNER)
        .unwrap()
        .unwrap()
}

/// The names of a DNA's modules.
pub fn modules(derived: &Derived) -> Vec<String> {
    let dna = gistry::dna::read(&derived.bytes).unwrap();
    dna.body
        .modules
        .iter()
        .map(|module| module.name.to_string())
        .collect()
}
