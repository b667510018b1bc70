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

/// What would be installed is found in an sdist without building it: its modules are those of the wheel.
#[test]
#[ignore = "asks the package index"]
fn an_sdist_has_the_modules_of_its_wheel() {
    let client = client();
    let mut wrong = Vec::new();
    for (name, release) in [
        ("requests", "2.31.0"),
        ("requests", "2.32.3"),
        ("attrs", "24.2.0"),
        ("pyyaml", "6.0.2"),
        ("ruamel-yaml", "0.18.6"),
        ("pytz", "2024.1"),
        ("python-dateutil", "2.9.0"),
        ("click", "8.1.7"),
        ("sqlalchemy", "2.0.30"),
        ("zope-interface", "7.0.1"),
        ("google-cloud-storage", "2.17.0"),
        ("setuptools", "70.0.0"),
        ("protobuf", "5.27.0"),
        ("typing-extensions", "4.12.0"),
        ("matplotlib", "3.9.0"),
        ("pillow", "10.3.0"),
        ("types-requests", "2.32.0.20240602"),
        ("jsonschema", "4.22.0"),
        ("poetry-core", "1.9.0"),
        ("numpy", "1.26.3"),
        ("pandas", "2.2.0"),
        ("scikit-learn", "1.5.0"),
        ("cython", "3.0.10"),
        ("beautifulsoup4", "4.12.3"),
        ("opentelemetry-api", "1.25.0"),
        ("uvicorn", "0.30.0"),
    ] {
        let mut project = client.project(name).unwrap().unwrap();
        let wheel = client
            .run(client.index.choose(&mut project, &version(release)))
            .unwrap()
            .unwrap();
        let sdist = project.sdist(&version(release)).unwrap().clone();
        let names: Vec<Vec<String>> = [&wheel, &sdist]
            .iter()
            .map(|file| {
                let bytes = client.artifact(file).unwrap();
                let material = crate::stage::material(name, file.kind, &file.filename, &bytes);
                let made = derive::artifact(&material, &MANNER).unwrap().unwrap();
                let dna = gistry::dna::read(&made.bytes).unwrap();
                let sources = dna
                    .body
                    .modules
                    .iter()
                    .filter(|module| module.provenance.is_none());
                sources.map(|module| module.name.to_string()).collect()
            })
            .collect();
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|name| !other.contains(name)).cloned().collect()
        };
        let (lost, more) = (only(&names[0], &names[1]), only(&names[1], &names[0]));
        println!(
            "{name} {release}: {} modules, lost {lost:?}, more {more:?}",
            names[0].len()
        );
        // What a build makes or drops; numpy keeps the programs that generate its sources.
        let usual = if name == "numpy" { 200 } else { 3 };
        if lost.len() + more.len() > usual {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
#[ignore = "asks the package index"]
fn a_server_is_believed_for_its_certificate_alone() {
    let Some(bundle) = ["PIP_CERT", "SSL_CERT_FILE"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
    else {
        return;
    };
    let with = |bundle: &str| {
        Client::with(config(&address()), &[("PIP_CERT", bundle)])
            .unwrap()
            .project("six")
    };
    assert!(with(&bundle).unwrap().is_some());
    let text = std::fs::read_to_string(&bundle).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let one = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(one.path(), &text[..text.find(end).unwrap() + end.len()]).unwrap();
    let error = with(one.path().to_str().unwrap()).unwrap_err().to_string();
    assert!(
        error.contains("certificate") && error.contains("PIP_CERT"),
        "{error}"
    );
}
