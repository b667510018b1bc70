//! Real packages from the package index that this machine's pip uses. Ignored by default: `cargo test --test pypi -- --ignored`.

use std::process::Command;

use gistry::io::derive;
use gistry::model::artifact::Project;

use crate::stage::{Client, MANNER, config, sha256, version};

/// Package, release, artifact, digest of the DNA file of `DNA_VERSION` 1.
const PINNED: &[(&str, &str, &str, &str)] = &[
    (
        "requests",
        "2.31.0",
        "requests-2.31.0-py3-none-any.whl",
        "02dc66ae29910426fc4eb852958e17ef57d2d956381d9daccc6e40333829b538",
    ),
    (
        "pandas",
        "2.2.0",
        "pandas-2.2.0-cp312-cp312-win_amd64.whl",
        "93fca96d880ed758bdd02bb07ef46e77b8ef92515df707ca7822b3915d1cc69d",
    ),
    (
        "numpy",
        "1.26.3",
        "numpy-1.26.3-cp312-cp312-musllinux_1_1_aarch64.whl",
        "d164e40f0b566a657772e5e2c75e24e39df04cbe22fd560f9e81b30a96b4b471",
    ),
];

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
    let mut other = Vec::new();
    for (name, release, artifact, pinned) in PINNED {
        let (filename, found, modules) = derived(name, release);
        println!("{name} {release}: {filename}, {modules} modules, {found}");
        if (filename.as_str(), found.as_str()) != (*artifact, *pinned) {
            other.push(format!("{name}: {filename} {found}"));
        }
    }
    assert_eq!(other, [""; 0]);
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

/// From the wheel in memory to the DNA file, tests included, in a process of its own.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "asks the package index"]
fn pandas_takes_little_memory() {
    const ALONE: &str = "GISTRY_TEST_ALONE";
    const MOST: u64 = 160;
    if std::env::var_os(ALONE).is_none() {
        let name = "network::pandas_takes_little_memory";
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env(ALONE, "1")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let client = client();
    let mut project = client.project("pandas").unwrap().unwrap();
    let release = version("2.2.0");
    let choice = client.index.choose(&mut project, &release);
    let file = client.run(choice).unwrap().unwrap();
    let bytes = client.artifact(&file).unwrap();
    let material = crate::stage::material("pandas", file.kind, &file.filename, &bytes);
    drop((client, project));
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let before = peak();
    let with_tests = derive::Manner {
        options: gistry::dna::Options { include_tests: true },
        ..MANNER
    };
    let made = derive::artifact(&material, &with_tests).unwrap().unwrap();
    let most = peak();
    println!(
        "{before} MiB before, {most} MiB after, {} bytes",
        made.bytes.len()
    );
    assert!(most <= MOST, "{most} MiB");
}
