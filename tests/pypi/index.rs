//! A package index over HTTP: what it lists, what it hands out, and what happens when it does not.

use std::time::Duration;

use gistry::io::pypi::Config;
use gistry::model::artifact::ArtifactKind;
use gistry_standin::Fault;
use gistry_standin::package_index::{File, Form, PackageIndex, sdist, wheel};

use crate::stage::{Client, config, package, version};

/// An index with `six` in two releases, and `numb`, which is compiled.
fn index() -> PackageIndex {
    let index = PackageIndex::start();
    for number in ["1.9", "1.10"] {
        let (name, bytes) = wheel("six", number, &[("six.py", "def u(s):\n    return s\n")]);
        index.add(File::new("six", &name, bytes).requires_python(">=2.7, <4"));
        let (name, bytes) = sdist("six", number, &[("six.py", "def u(s):\n    return s\n")]);
        index.add(
            File::new("six", &name, bytes)
                .yanked("broken & <wrong>")
                .uploaded(None),
        );
    }
    for (name, size) in [
        ("numb-1.0-cp311-cp311-win32.whl", 3_000),
        ("numb-1.0-cp39-cp39-win32.whl", 2_000),
        ("numb-1.0.tar.gz", 1),
    ] {
        index.add(File::new("numb", name, vec![0; size]));
    }
    index
}

#[test]
fn every_form_says_the_same() {
    let index = index();
    let mut seen = Vec::new();
    for form in [Form::Json, Form::Html, Form::AsAsked, Form::PlainHtml] {
        index.form(form);
        let client = Client::new(config(&index.url()));
        let mut project = client.project("six").unwrap().unwrap();
        let versions: Vec<String> = project.versions().into_iter().map(ToString::to_string).collect();
        assert_eq!(versions, ["1.10", "1.9"]);
        let wheel = project.choose(&version("1.10")).unwrap();
        assert_eq!(
            (wheel.kind, wheel.filename.as_str()),
            (ArtifactKind::Wheel, "six-1.10-py3-none-any.whl")
        );
        assert_eq!(wheel.requires_python.as_deref(), Some(">=2.7, <4"));
        let time = wheel.upload_time.as_ref().map(ToString::to_string);
        let plain = form == Form::PlainHtml;
        assert_eq!(time.as_deref(), (!plain).then_some("2024-01-20T02:10:33Z"));
        assert_eq!(project.files[0].yanked, None);
        assert_eq!(project.files[1].yanked.as_deref(), Some("broken & <wrong>"));
        for file in &mut project.files {
            (file.size, file.upload_time) = (None, None);
        }
        seen.push(project);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(
        Client::new(config(&index.url()))
            .project("nothing")
            .unwrap()
            .is_none()
    );
}

#[test]
fn artifacts_are_what_was_promised() {
    let index = index();
    let client = Client::new(config(&index.url()));
    let mut project = client.project("six").unwrap().unwrap();
    let file = project.choose(&version("1.9")).unwrap().clone();
    let bytes = client.artifact(&file).unwrap();
    assert_eq!(bytes.len() as u64, file.size.unwrap());
    project.files[0].sha256 = file.sha256.clone();
    let wrong = client.artifact(&project.files[0]).unwrap_err();
    assert!(
        wrong.to_string().contains("was promised") && wrong.exit_code() == 3,
        "{wrong}"
    );
    let small = Client::new(Config {
        max_artifact: 100,
        ..config(&index.url())
    });
    assert!(
        small
            .artifact(&file)
            .unwrap_err()
            .to_string()
            .contains("more than")
    );
    let mut unsized_file = file.clone();
    unsized_file.size = None;
    assert!(
        small
            .artifact(&unsized_file)
            .unwrap_err()
            .to_string()
            .contains("more than")
    );
    index.remove(&file.filename);
    assert!(client.artifact(&file).unwrap_err().to_string().contains("404"));
}

#[test]
fn sizes_are_asked_for_where_they_decide() {
    let index = index();
    for form in [Form::Json, Form::PlainHtml] {
        index.form(form);
        index.take_asked();
        let client = Client::new(config(&index.url()));
        let mut project = client.project("numb").unwrap().unwrap();
        let file = client
            .run(client.index.choose(&mut project, &version("1.0")))
            .unwrap()
            .unwrap();
        assert_eq!(file.filename, "numb-1.0-cp39-cp39-win32.whl");
        assert_eq!(file.size, Some(2_000));
        let heads = index
            .take_asked()
            .iter()
            .filter(|line| line.starts_with("HEAD"))
            .count();
        assert_eq!(heads, if form == Form::Json { 0 } else { 2 });
    }
}

#[test]
fn what_passes_is_tried_again_and_what_lasts_is_not() {
    let index = index();
    let client = Client::new(config(&index.url()));
    for fault in [
        Fault::BadGateway,
        Fault::Status(503),
        Fault::Reset,
        Fault::CutBody,
        Fault::TruncatedJson,
        Fault::RetryAfter(429, 0),
    ] {
        index.fault("GET", "/simple/six/", fault.clone(), Some(2));
        assert!(
            client.project("six").is_ok_and(|project| project.is_some()),
            "{fault:?}"
        );
        assert_eq!(index.take_asked().len(), 3, "{fault:?}");
        index.clear_faults();
    }
    assert!(
        client
            .notes
            .all()
            .iter()
            .any(|note| note.contains("asked again in"))
    );
    for (fault, word) in [
        (Fault::Status(403), "refuses"),
        (Fault::Status(401), "who you are"),
        (Fault::Status(400), "400"),
        (Fault::HtmlPage, ""),
    ] {
        index.fault("GET", "/simple/six/", fault.clone(), None);
        match client.project("six") {
            // A captive portal's page is a page without links.
            Ok(project) => assert!(project.unwrap().files.is_empty() && word.is_empty()),
            Err(error) => assert!(
                error.to_string().contains(word) && error.exit_code() == 3,
                "{error}"
            ),
        }
        assert_eq!(index.take_asked().len(), 1, "{fault:?}");
        index.clear_faults();
    }
    index.fault("GET", "/simple/six/", Fault::BadGateway, None);
    let error = client.project("six").unwrap_err();
    assert!(
        error.to_string().contains("502") && error.to_string().contains("5 times"),
        "{error}"
    );
    let hasty = Client::new(Config {
        budget: Duration::from_millis(300),
        ..config(&index.url())
    });
    index.clear_faults();
    index.fault("GET", "/simple/six/", Fault::Hang, None);
    assert!(
        hasty
            .project("six")
            .unwrap_err()
            .to_string()
            .contains("no whole answer within")
    );
    index.clear_faults();
    index.fault("GET", "/simple/six/", Fault::RetryAfter(429, 100), None);
    index.take_asked();
    assert!(client.project("six").unwrap_err().to_string().contains("429"));
    assert_eq!(index.take_asked().len(), 1);
}

#[test]
fn credentials_go_to_the_index_alone_and_are_never_shown() {
    let index = index();
    index.account("alice", "s3cr:et/");
    let elsewhere = PackageIndex::start();
    let (name, bytes) = wheel("six", "3.0", &[("six.py", "")]);
    let url = format!("{}/files/{name}", elsewhere.base());
    elsewhere.add(File::new("six", &name, bytes.clone()));
    index.add(File::new("six", &name, bytes).at(&url));
    let with = index.url().replace("http://", "http://alice:s3cr%3Aet%2F@");
    let client = Client::new(config(&with));
    let project = client.project("six").unwrap().unwrap();
    for file in &project.files {
        assert!(!file.url.contains("s3cr"), "{}", file.url);
        client.artifact(file).unwrap();
    }
    assert!(
        index
            .asked()
            .iter()
            .all(|asked| asked.header("authorization").is_some())
    );
    assert!(
        elsewhere
            .asked()
            .iter()
            .all(|asked| asked.header("authorization").is_none())
    );
    assert_eq!(elsewhere.asked().len(), 1);
    index.account("bob", "other");
    let error = client.project("six").unwrap_err().to_string();
    assert!(
        error.contains("401") && !error.contains("s3cr") && !error.contains("alice"),
        "{error}"
    );
    assert!(!format!("{:?}", config(&with)).contains("s3cr"));
}

#[test]
fn redirects_end_and_lead_nowhere_worse() {
    let index = index();
    let client = Client::new(config(&index.url()));
    index.redirect("/simple/old/", "/simple/six/");
    assert!(
        client.project("old").unwrap().unwrap().files.is_empty(),
        "files of another package"
    );
    for (to, word) in [
        ("/simple/round/", "redirects"),
        ("http://192.0.2.1/simple/", "changed on its way"),
        ("file:///etc/passwd", ""),
    ] {
        index.redirect("/simple/round/", to);
        index.take_asked();
        let error = client.project("round").unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(index.take_asked().len() <= 7);
    }
}

#[test]
fn what_was_downloaded_is_kept_checked_and_enough() {
    let index = index();
    let folder = tempfile::tempdir().unwrap();
    let client = Client::cached(&index.url(), folder.path().to_owned());
    let project = client.project("six").unwrap().unwrap();
    let file = project.choose(&version("1.9")).unwrap();
    let bytes = client.artifact(file).unwrap();
    index.take_asked();
    assert_eq!(client.project("six").unwrap().unwrap(), project);
    assert_eq!(client.artifact(file).unwrap(), bytes);
    assert_eq!(index.take_asked(), ["GET /simple/six/ 304"]);

    let offline = Client::new(Config {
        cache: Some(folder.path().to_owned()),
        offline: true,
        ..config(&index.url())
    });
    assert_eq!(offline.project("six").unwrap().unwrap(), project);
    assert_eq!(offline.artifact(file).unwrap(), bytes);
    for error in [
        offline.project("numb").map(|_| ()).unwrap_err(),
        offline.artifact(&project.files[0]).map(|_| ()).unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("--offline") && error.exit_code() == 3,
            "{error}"
        );
    }
    assert_eq!(index.take_asked(), [""; 0]);

    let sha256 = file.sha256.as_ref().unwrap().as_str();
    let kept = folder.path().join("artifacts").join(&sha256[..2]).join(sha256);
    let mut damaged = bytes.clone();
    damaged[10] ^= 1;
    std::fs::write(&kept, &damaged).unwrap();
    assert!(offline.artifact(file).is_err());
    std::fs::write(&kept, &damaged).unwrap();
    assert_eq!(client.artifact(file).unwrap(), bytes);
    assert!(client.notes.all().iter().any(|note| note.contains("damaged")));
    assert_eq!(std::fs::read(&kept).unwrap(), bytes);
    // A page that is damaged is asked for anew, whole.
    for page in walk(&folder.path().join("pages")) {
        let mut kept = std::fs::read(&page).unwrap();
        *kept.last_mut().unwrap() ^= 1;
        std::fs::write(&page, kept).unwrap();
    }
    index.take_asked();
    assert_eq!(client.project("six").unwrap().unwrap(), project);
    assert_eq!(index.take_asked(), ["GET /simple/six/ 200"]);
    // A change is seen.
    index.remove("six-1.10.tar.gz");
    assert_eq!(client.project("six").unwrap().unwrap().files.len(), 3);
    // Nothing is lost where nothing can be kept.
    let nowhere = folder.path().join("file");
    std::fs::write(&nowhere, "").unwrap();
    let client = Client::cached(&index.url(), nowhere);
    assert_eq!(client.artifact(file).unwrap(), bytes);
    assert!(
        client
            .notes
            .all()
            .iter()
            .any(|note| note.contains("keeps nothing"))
    );
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[test]
fn the_proxy_is_asked_unless_it_shall_not_be() {
    let proxy = PackageIndex::start();
    let (name, bytes) = wheel("six", "1.0", &[("six.py", "")]);
    proxy.add(File::new("six", &name, bytes));
    let away = "http://index.example/simple";
    let environment = [
        ("http_proxy", &*proxy.base()),
        ("PIP_TRUSTED_HOST", "index.example"),
    ];
    let client = Client::with(config(away), &environment).unwrap();
    assert_eq!(client.project("six").unwrap().unwrap().files.len(), 1);
    assert_eq!(proxy.asked()[0].header("host"), Some("index.example"));
    let without = [
        environment[0],
        environment[1],
        ("no_proxy", "other.example,index.example"),
    ];
    let client = Client::with(
        Config {
            budget: Duration::from_secs(1),
            ..config(away)
        },
        &without,
    );
    proxy.take_asked();
    assert!(client.unwrap().project("six").is_err());
    assert_eq!(proxy.take_asked(), [""; 0]);
    for (environment, word) in [
        (&[("HTTPS_PROXY", "http://[")][..], "HTTPS_PROXY"),
        (&[("PIP_CERT", "/does/not/exist")], "PIP_CERT"),
    ] {
        let error = Client::with(config("https://pypi.org/simple"), environment)
            .and_then(|client| client.project("six"))
            .unwrap_err();
        assert!(
            error.to_string().contains(word) && error.exit_code() == 2,
            "{error}"
        );
    }
    for url in ["http://pypi.org/simple", "pypi.org", "", "file:///x"] {
        let error = Client::with(config(url), &[]).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    let _ = package("six");
}
