//! Real packages from the package index that this machine's pip uses. Ignored by default: `cargo test --test pypi -- --ignored`.

use std::process::Command;

use gistry::io::derive;
use gistry::model::artifact::Project;

use crate::stage::{Client, MANNER, config, sha256, version};

/// The address that pip is told.
fn address() -> String {
    let told = std::env::var("PIP_INDEX_URL").ok().filter(|url| !url.is_empty());
    let configured = || {
        let output = Command::new("pip")
            .args(["config", "get", "global.index-url"])
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    told.or_else(configured)
        .unwrap_or_else(|| "https://pypi.org/simple".to_owned())
}

fn client() -> Client {
    let folder = std::env::temp_dir().join("gistry-test-packages");
    let mut config = config(&address());
    config.cache = Some(folder);
    Client::new(config)
}

/// The artifact, its DNA's digest and how many modules it has.
fn derived(name: &str, release: &str) -> (String, String, u64) {
    let client = client();
    let mut project: Project = client.project(name).unwrap().unwrap();
    let file = client
        .run(client.index.choose(&mut project, &version(release)))
        .unwrap()
        .unwrap();
    let bytes = client.artifact(&file).unwrap();
    let mut material = crate::stage::material(name, file.kind, &file.filename, &bytes);
    material.release = file.version.to_string();
    let made = derive::artifact(&material, &MANNER).unwrap().unwrap();
    for jobs in [1, 2] {
        let again = derive::artifact(
            &material,
            &derive::Manner {
                jobs: Some(jobs),
                ..MANNER
            },
        )
        .unwrap()
        .unwrap();
        assert_eq!(again.bytes, made.bytes);
    }
    (
        file.filename,
        sha256(&made.bytes).to_string(),
        made.head.counts.modules,
    )
}

/// Another digest means other bytes from the same artifact: then `DNA_VERSION` must change, too.
#[test]
#[ignore = "asks the package index"]
fn the_dna_of_three_packages_is_what_it_was() {
    let pinned: &[(&str, &str, &str, &str)] = &[];
    for (name, release, artifact, digest) in pinned {
        let (filename, found, _) = derived(name, release);
        assert_eq!(
            (filename.as_str(), found.as_str()),
            (*artifact, *digest),
            "{name}"
        );
    }
    for (name, release) in [("requests", "2.31.0"), ("pandas", "2.2.0"), ("numpy", "1.26.3")] {
        println!("{name} {release} {:?}", derived(name, release));
    }
}
