//! DNA files of fixture cases, and the package index that lists what they are made from. Never parses a package.
//!
//! An artifact of a case has no bytes: its digest is that of its name, and its DNA is one module whose docstring is the
//! artifact's `doc`.

use gistry::dna::head::{Counts, Head, Source};
use gistry::dna::record::{Body, Module};
use gistry::model::artifact::{ArtifactKind, DistFile, Project};
use gistry::model::derivation::{Derivation, Derived};
use gistry::model::name::{Name, PackageName, Sha256, Timestamp};
use gistry::model::version::Version;
use serde::Deserialize;
use sha2::Digest;

/// When every artifact of a case was uploaded.
const UPLOADED: &str = "2026-01-02T03:04:05Z";

/// A file that the package index of a case lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// The package.
    pub package: String,
    /// The release.
    pub release: String,
    /// The file's name.
    pub file: String,
    #[serde(default = "usual_size")]
    size: u64,
    yanked: Option<String>,
    #[serde(default)]
    doc: String,
    /// It gives no DNA: why.
    empty: Option<String>,
}

/// A DNA file as a pull request brings it: what its head says where that is not usual, and what is in it.
#[derive(Debug, Clone, Deserialize)]
pub struct File {
    package: String,
    release: String,
    artifact: String,
    #[serde(default = "usual_size")]
    size: u64,
    yanked: Option<String>,
    #[serde(default)]
    doc: String,
    #[serde(default = "usual_version")]
    dna_version: u32,
    #[serde(default = "usual_origin")]
    origin: String,
    #[serde(default = "usual_profile")]
    profile: String,
    /// The name whose digest the head gives, where it is not the artifact's.
    digest_of: Option<String>,
    #[serde(default = "usual_upload")]
    uploaded: String,
    /// How many bytes are cut off.
    #[serde(default)]
    cut: usize,
    /// What follows the end.
    #[serde(default)]
    append: String,
}

fn usual_size() -> u64 {
    1_000
}

fn usual_version() -> u32 {
    gistry::dna::VERSION
}

fn usual_origin() -> String {
    "pypi".to_owned()
}

fn usual_profile() -> String {
    "default".to_owned()
}

fn usual_upload() -> String {
    UPLOADED.to_owned()
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256::parse(&format!("{:x}", sha2::Sha256::digest(bytes))).unwrap()
}

impl File {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let wheel = self.artifact.ends_with(".whl");
        let head = Head {
            dna_version: self.dna_version,
            package: PackageName::parse(&self.package).unwrap(),
            release: self.release.clone(),
            generator: "gistry".to_owned(),
            source: Source {
                origin: self.origin.clone(),
                artifact: self.artifact.clone(),
                kind: if wheel { "wheel" } else { "sdist" }.to_owned(),
                size: self.size,
                sha256: digest(self.digest_of.as_ref().unwrap_or(&self.artifact).as_bytes()),
                upload_time: Some(Timestamp::parse(&self.uploaded).unwrap()),
            },
            beside: None,
            requires_python: None,
            summary: None,
            counts: Counts::default(),
            profile: self.profile.clone(),
            yanked: self.yanked.clone(),
        };
        let module = Module {
            name: self.package.as_str().into(),
            path: format!("{}.py", self.package).into(),
            doc: Some(self.doc.as_str().into()),
            ..Module::default()
        };
        let body = Body {
            modules: vec![module],
            ..Body::default()
        };
        let mut bytes = gistry::dna::file(&head, &body).unwrap();
        bytes.truncate(bytes.len() - self.cut);
        bytes.extend(self.append.as_bytes());
        bytes
    }
}

/// What the package index lists of a package.
pub fn project(artifacts: &[Artifact], name: &PackageName) -> Option<Project> {
    let listed = artifacts
        .iter()
        .filter(|artifact| artifact.package == name.as_str());
    let files: Vec<DistFile> = listed
        .map(|artifact| DistFile {
            filename: artifact.file.clone(),
            url: format!("https://index.example/{}", artifact.file),
            kind: if artifact.file.ends_with(".whl") {
                ArtifactKind::Wheel
            } else {
                ArtifactKind::Sdist
            },
            version: Version::new(&artifact.release),
            size: Some(artifact.size),
            sha256: Some(digest(artifact.file.as_bytes())),
            requires_python: None,
            upload_time: Timestamp::parse(UPLOADED).ok(),
            yanked: artifact.yanked.clone(),
        })
        .collect();
    (!files.is_empty()).then(|| Project {
        name: name.clone(),
        files,
    })
}

/// What an artifact of a case gives.
pub fn derived(artifacts: &[Artifact], wanted: &Derivation) -> Derived {
    let found = artifacts.iter().find(|artifact| {
        artifact.file == wanted.artifact && digest(artifact.file.as_bytes()) == wanted.sha256
    });
    let Some(artifact) = found else {
        return Derived::None("the package index offers no such file".to_owned());
    };
    if let Some(why) = &artifact.empty {
        return Derived::None(why.clone());
    }
    let file = File {
        package: wanted.package.to_string(),
        release: artifact.release.clone(),
        artifact: artifact.file.clone(),
        size: artifact.size,
        yanked: wanted.yanked.clone(),
        doc: artifact.doc.clone(),
        dna_version: wanted.dna_version,
        origin: usual_origin(),
        profile: wanted.profile.clone(),
        digest_of: None,
        uploaded: usual_upload(),
        cut: 0,
        append: String::new(),
    };
    Derived::Digest(digest(&file.bytes()))
}
