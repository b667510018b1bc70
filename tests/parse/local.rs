//! What no registry takes: files and folders of this machine, tests included, repositories. None of it lands among the registry's releases.

use std::fs;

use gistry_standin::package_index::{File, sdist, tarball, wheel};

use crate::scene::{Scene, files, head, source};

#[test]
fn a_wheel_and_an_sdist_of_this_machine_say_themselves_what_they_are() {
    let scene = Scene::new();
    let (name, bytes) = wheel("my-tool", "1.2", &[("my_tool.py", &source("hello"))]);
    fs::write(scene.temp.path().join(&name), bytes).unwrap();
    let run = scene.json(&["--source", &format!("../{name}")]).expect(0);
    assert_eq!(run.outcomes(), ["my-tool 1.2 written"]);
    assert_eq!(scene.names(), [".repolex/local/my-tool/my-tool-1.2.msgpack"]);
    let found = scene.head(".repolex/local/my-tool/my-tool-1.2.msgpack");
    assert_eq!(
        (found.source.origin.as_str(), found.source.kind.as_str()),
        ("local", "wheel")
    );
    let (name, bytes) = sdist("my-tool", "1.3", &[("src/my_tool.py", &source("hello"))]);
    fs::write(scene.temp.path().join(&name), bytes).unwrap();
    let out = scene.temp.path().join("out");
    scene
        .json(&["--source", &format!("../{name}"), "--output", "../out"])
        .expect(0);
    assert_eq!(
        files(&out).into_keys().collect::<Vec<_>>(),
        ["my-tool/my-tool-1.3.msgpack"]
    );
    assert_eq!(scene.index.take_asked(), [""; 0]);
}

#[test]
fn a_folder_needs_a_name_and_a_version_from_somewhere() {
    let scene = Scene::new();
    let folder = scene.temp.path().join("project");
    fs::create_dir_all(folder.join("gadget")).unwrap();
    fs::write(folder.join("gadget/__init__.py"), source("hello")).unwrap();
    let run = scene.parse(&["--source", "../project"]).expect(2);
    assert!(
        run.stderr.contains("neither its name nor its version"),
        "{}",
        run.all()
    );
    let run = scene.json(&["gadget", "0.1", "--source", "../project"]).expect(0);
    assert_eq!(run.outcomes(), ["gadget 0.1 written"]);
    fs::write(
        folder.join("pyproject.toml"),
        "[project]\nname = \"Gadget\"\nversion = \"0.2\"\n",
    )
    .unwrap();
    assert_eq!(
        scene.json(&["--source", "../project"]).expect(0).outcomes(),
        ["gadget 0.2 written"]
    );
    // Nothing is protected there.
    fs::write(folder.join("gadget/more.py"), source("more")).unwrap();
    assert_eq!(
        scene.json(&["--source", "../project"]).expect(0).outcomes(),
        ["gadget 0.2 written"]
    );
    assert_eq!(
        scene.json(&["--source", "../project"]).expect(0).outcomes(),
        ["gadget 0.2 unchanged"]
    );
}

#[test]
fn with_tests_it_enters_no_registry() {
    let scene = Scene::new();
    let texts = [
        ("six/__init__.py", &*source("hello")),
        ("six/tests/test_x.py", &*source("test_x")),
    ];
    let (name, bytes) = wheel("six", "1.0", &texts);
    scene.index.add(File::new("six", &name, bytes));
    scene.json(&["six", "--include-tests"]).expect(0);
    assert_eq!(scene.names(), [".repolex/with-tests/six/six-1.0.msgpack"]);
    let found = scene.head(".repolex/with-tests/six/six-1.0.msgpack");
    assert_eq!(
        (found.profile.as_str(), found.counts.functions, found.counts.tests),
        ("with-tests", 2, 0)
    );
    scene.json(&["six"]).expect(0);
    let found = scene.head("six/six-1.0.msgpack");
    assert_eq!(
        (found.profile.as_str(), found.counts.functions, found.counts.tests),
        ("default", 1, 1)
    );
}

#[test]
fn the_sdist_is_read_beside_the_wheel_and_the_file_keeps_that_option() {
    let scene = Scene::new();
    scene.offer("six", "1.0");
    let (name, bytes) = sdist("six", "1.0", &[("six.py", &source("hello"))]);
    scene.index.add(File::new("six", &name, bytes));
    scene.json(&["six", "--with-sdist"]).expect(0);
    let found = scene.head("six/six-1.0.msgpack");
    assert_eq!(found.profile, "default+sdist");
    assert_eq!(found.beside.unwrap().artifact, name);
    assert_eq!(scene.json(&["six"]).expect(0).outcomes(), ["six 1.0 unchanged"]);
}

#[test]
fn a_repository_at_a_tag_stays_on_this_machine() {
    let scene = Scene::new();
    let text = source("hello");
    let entries: [(&str, &[u8]); 1] = [("psf-tool-0a1b2c3/gadget/__init__.py", text.as_bytes())];
    // The index serves as GitHub's API, too: one path is all that is asked.
    scene
        .index
        .add(File::new("tool", "tool.tar.gz", tarball(&entries)));
    scene.index.redirect(
        "/repos/psf/tool/tarball/v1.0",
        &format!("{}/files/tool.tar.gz", scene.index.base()),
    );
    let mut command = scene.command(&["parse", "psf/tool@v1.0", "--format", "json"]);
    command
        .env("GITHUB_API_URL", scene.index.base())
        .env("GITHUB_TOKEN", "ghp_secret");
    let run = crate::scene::run(command).expect(0);
    assert_eq!(run.outcomes(), ["tool v1.0 written"]);
    assert_eq!(scene.names(), [".repolex/github/psf/tool/tool-v1.0.msgpack"]);
    let found = head(
        &scene
            .registry()
            .join(".repolex/github/psf/tool/tool-v1.0.msgpack"),
    );
    assert_eq!(
        (found.source.origin.as_str(), found.source.artifact.as_str()),
        ("github", "psf/tool@v1.0")
    );
    let mut command = scene.command(&["parse", "psf/none@v1.0", "--format", "json"]);
    command.env("GITHUB_API_URL", scene.index.base());
    assert_eq!(
        crate::scene::run(command).expect(1).outcomes(),
        ["psf/none v1.0 failed"]
    );
}
