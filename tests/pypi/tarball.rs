//! The tarball of a repository, by way of GitHub's API and another server.

use gistry::io::derive;
use gistry::model::artifact::ArtifactKind::Tarball;
use gistry::model::name::{Name, Repository};
use gistry_standin::Fault;
use gistry_standin::package_index::{File, PackageIndex, tarball};

use crate::stage::{Client, MANNER, config, material, modules};

#[test]
fn a_repository_at_a_tag_becomes_dna() {
    let (api, codeload) = (PackageIndex::start(), PackageIndex::start());
    let bytes = tarball(&[
        ("acme-a-0123/src/a/__init__.py", b"def f(): pass\n"),
        ("acme-a-0123/tests/test_a.py", b""),
        (
            "acme-a-0123/pyproject.toml",
            b"[project]\nname = 'a'\ndescription = 'About a'\n",
        ),
    ]);
    codeload.add(File::new("a", "a.tar.gz", bytes.clone()));
    let signed = format!("{}/files/a.tar.gz?token=hush", codeload.base());
    api.redirect("/api/v3/repos/acme/a/tarball/v1/final", &signed);
    let client = Client::new(config("https://pypi.org/simple"));
    let repository = Repository::parse("acme/a").unwrap();
    let ask = |tag: &str| {
        let base = format!("{}/api/v3/", api.base());
        client.run(client.index.tarball(&base, &repository, tag, Some("ghp_secret")))
    };
    let found = ask("v1/final").unwrap().unwrap();
    assert_eq!(
        (found.filename.as_str(), &found.bytes),
        ("acme-a-v1-final.tar.gz", &bytes)
    );
    assert_eq!(api.asked()[0].header("authorization"), Some("Bearer ghp_secret"));
    assert_eq!(codeload.asked()[0].header("authorization"), None);
    let made = derive::artifact(&material("a", Tarball, &found.filename, &found.bytes), &MANNER)
        .unwrap()
        .unwrap();
    assert_eq!(
        (modules(&made), made.head.summary.as_deref()),
        (vec!["a".to_owned()], Some("About a"))
    );
    assert_eq!(ask("v2").unwrap(), None);
    codeload.fault("GET", "/files/*", Fault::Status(403), None);
    let error = ask("v1/final").unwrap_err().to_string();
    assert!(
        error.contains("403") && !error.contains("hush") && !error.contains("ghp_"),
        "{error}"
    );
}
