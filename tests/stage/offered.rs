//! A package index on loopback with small packages, and the DNA that they truly have. Never what a test judges by alone: the binary
//! makes it once more.

#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gistry::commands::package::stated;
use gistry::dna::{Head, Options};
use gistry::io::archive::Limits;
use gistry::io::derive::{self, Manner, Material};
use gistry::model::artifact::{ArtifactKind, DistFile};
use gistry::model::name::{Name, PackageName, Sha256, Timestamp};
use gistry::model::version::Version;
use gistry_standin::Edit;
use gistry_standin::package_index::{File, PackageIndex, wheel};
use sha2::Digest;

/// When every file was uploaded.
const UPLOADED: &str = "2024-01-20T02:10:33Z";

/// A wheel that the index offers.
#[derive(Debug, Clone)]
pub struct Wheel {
    /// The package.
    pub package: String,
    /// The release.
    pub version: String,
    /// The file's name.
    pub file: String,
    /// The wheel.
    pub bytes: Vec<u8>,
}

/// The settings that make a registry ask this index, with more lines.
pub fn settings(index: &PackageIndex, more: &str) -> Edit {
    let text = format!("[packages]\nindex = \"{}\"\n{more}", index.url());
    Edit::write("registry.toml", text)
}

/// Offers a pure wheel with one module, which has a class and this docstring.
pub fn offer(index: &PackageIndex, package: &str, version: &str, doc: &str) -> Wheel {
    let text = format!(
        "\"\"\"{doc}\"\"\"\n\n\nclass Cart:\n    \"\"\"A cart.\"\"\"\n\n    def add(self, n: int = 1) -> None:\n        \"\"\"Adds.\"\"\"\n"
    );
    let path = format!("{package}/__init__.py");
    published(index, package, version, &[(path.as_str(), text.as_str())])
}

/// Offers a pure wheel of these sources.
pub fn published(index: &PackageIndex, package: &str, version: &str, sources: &[(&str, &str)]) -> Wheel {
    let (file, bytes) = wheel(package, version, sources);
    index.add(File::new(package, &file, bytes.clone()).uploaded(Some(UPLOADED)));
    Wheel {
        package: package.to_owned(),
        version: version.to_owned(),
        file,
        bytes,
    }
}

impl Wheel {
    /// Its DNA file's path in a registry.
    pub fn path(&self) -> String {
        format!("{0}/{0}-{1}.msgpack", self.package, self.version)
    }

    /// Its DNA.
    pub fn dna(&self) -> Vec<u8> {
        self.marked(None)
    }

    /// Its DNA, with a mark that it is yanked.
    pub fn marked(&self, yanked: Option<&str>) -> Vec<u8> {
        self.made(yanked, &self.file)
    }

    /// Its DNA under the name of another file.
    pub fn made(&self, yanked: Option<&str>, file: &str) -> Vec<u8> {
        let digest = format!("{:x}", sha2::Sha256::digest(&self.bytes));
        let listed = DistFile {
            filename: file.to_owned(),
            url: String::new(),
            kind: ArtifactKind::Wheel,
            version: Version::new(&self.version),
            size: Some(self.bytes.len() as u64),
            sha256: Sha256::parse(&digest).ok(),
            requires_python: None,
            upload_time: Timestamp::parse(UPLOADED).ok(),
            yanked: yanked.map(str::to_owned),
        };
        let material = Material {
            package: PackageName::parse(&self.package).unwrap(),
            release: self.version.clone(),
            source: stated(&listed),
            kind: ArtifactKind::Wheel,
            yanked: listed.yanked.clone(),
            bytes: &self.bytes,
            beside: None,
        };
        let manner = Manner {
            options: Options::default(),
            jobs: Some(1),
            limits: Limits::DEFAULT,
        };
        derive::artifact(&material, &manner).unwrap().unwrap().bytes
    }
}

/// The same file with another head.
pub fn with_head(dna: &[u8], change: impl FnOnce(&mut Head)) -> Vec<u8> {
    let mut dna = gistry::dna::read(dna).unwrap();
    change(&mut dna.head);
    gistry::dna::file(&dna.head, &dna.body).unwrap()
}

/// The same file with another docstring of the class.
pub fn with_docstring(dna: &[u8], doc: &'static str) -> Vec<u8> {
    let mut dna = gistry::dna::read(dna).unwrap();
    dna.body.modules[0].members[0].doc = Some(doc.into());
    gistry::dna::file(&dna.head, &dna.body).unwrap()
}
