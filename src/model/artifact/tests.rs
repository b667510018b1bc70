//! Names of files and the choice between them, by example and by chance.

use proptest::prelude::*;

use super::*;
use crate::model::name::Name;

fn package(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

fn file(name: &str, filename: &str, size: Option<u64>) -> DistFile {
    let (kind, version) = read(&package(name), filename).unwrap_or_else(|| panic!("{filename}"));
    DistFile {
        filename: filename.to_owned(),
        url: format!("https://example.org/{filename}"),
        kind,
        version,
        size,
        sha256: Some(Sha256::parse(&"a".repeat(64)).unwrap()),
        requires_python: None,
        upload_time: None,
        yanked: None,
    }
}

fn project(name: &str, files: &[(&str, u64)]) -> Project {
    let files = files
        .iter()
        .map(|(filename, size)| file(name, filename, (*size > 0).then_some(*size)))
        .collect();
    Project::new(package(name), files)
}

#[test]
fn names_of_files_say_kind_and_release() {
    for (name, filename, expected) in [
        (
            "requests",
            "requests-2.31.0-py3-none-any.whl",
            Some(("wheel", "2.31.0")),
        ),
        ("requests", "requests-2.31.0.tar.gz", Some(("sdist", "2.31.0"))),
        (
            "ruamel-yaml",
            "ruamel.yaml-0.18.5-py3-none-any.whl",
            Some(("wheel", "0.18.5")),
        ),
        (
            "ruamel-yaml",
            "ruamel.yaml-0.18.5.tar.gz",
            Some(("sdist", "0.18.5")),
        ),
        (
            "python-dateutil",
            "python-dateutil-2.8.2.tar.gz",
            Some(("sdist", "2.8.2")),
        ),
        (
            "python-dateutil",
            "python_dateutil-2.8.2.tar.gz",
            Some(("sdist", "2.8.2")),
        ),
        ("x-1", "x-1-1.0.zip", Some(("sdist", "1.0"))),
        ("x", "x-1-1.zip", Some(("sdist", "1.post1"))),
        ("x", "X-1.0-Beta2.tar.gz", Some(("sdist", "1.0b2"))),
        (
            "x",
            "x-2022.01.05-2-cp311-cp311-win32.whl",
            Some(("wheel", "2022.1.5")),
        ),
        (
            "torch",
            "torch-2.0.0+cpu-cp311-cp311-linux_x86_64.whl",
            Some(("wheel", "2.0.0+cpu")),
        ),
        (
            "torch",
            "torch-2.0.0_cpu-cp311-cp311-linux_x86_64.whl",
            Some(("wheel", "2.0.0+cpu")),
        ),
        ("x", "y-1.0.tar.gz", None),
        ("x", "x-y-1.0.tar.gz", None),
        ("x", "x-1.0-py2.7.egg", None),
        ("x", "x-1.0.linux-x86_64.tar.gz", None),
        ("x", "x-1.0.win32.exe", None),
        ("x", "x-1.0.tar.bz2", None),
        ("x", "x-1.0-py3-none.whl", None),
        ("x", "x-1.0-a-py3-none-any.whl", None),
        ("x", "x-1.0--none-any.whl", None),
        ("x", "x-1.0/../../a.tar.gz", None),
        ("x", "x.tar.gz", None),
        ("x", ".whl", None),
    ] {
        let found = read(&package(name), filename);
        let found = found
            .as_ref()
            .map(|(kind, version)| (kind.as_str(), version.as_str()));
        assert_eq!(found, expected, "{filename}");
    }
}

#[test]
fn the_pure_wheel_then_the_smallest_then_the_sdist() {
    let choose = |files: &[(&str, u64)]| {
        let project = project("x", files);
        project
            .choose(&Version::new("1.0"))
            .map(|file| file.filename.clone())
    };
    let sdist = ("x-1.0.tar.gz", 1);
    let pure = ("x-1.0-py3-none-any.whl", 9);
    let both = ("x-1.0-py2.py3-none-any.whl", 1);
    let old = ("x-1.0-py2-none-any.whl", 1);
    let newer = ("x-1.0-py39-none-any.whl", 1);
    let large = ("x-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", 5);
    let small = ("x-1.0-cp39-cp39-win32.whl", 4);
    let ancient = ("x-1.0-cp27-cp27m-win32.whl", 2);
    let unknown = ("x-1.0-cp310-cp310-win32.whl", 0);
    for (files, expected) in [
        (&[sdist, pure, small][..], Some(pure)),
        (&[old, newer, pure], Some(pure)),
        (&[old, newer], Some(newer)),
        (&[pure, both], Some(pure)),
        (&[sdist, old, small], Some(old)),
        (&[sdist, large, small, ancient], Some(small)),
        (&[unknown, large], Some(large)),
        (&[ancient, sdist], Some(ancient)),
        (&[("x-1.0.zip", 1), sdist], Some(sdist)),
        (&[("x-2.0.zip", 1)], None),
        (
            &[
                ("x-1.0-1-py3-none-any.whl", 1),
                pure,
                ("x-1.0-10-py3-none-any.whl", 1),
            ],
            Some(("x-1.0-10-py3-none-any.whl", 1)),
        ),
    ] {
        assert_eq!(choose(files).as_deref(), expected.map(|file| file.0));
    }
    let project = project("x", &[unknown, large, ancient, ("x-1.0-cp27-none-win32.whl", 0)]);
    let version = Version::new("1");
    let names: Vec<&str> = project
        .unmeasured(&version)
        .iter()
        .map(|file| file.filename.as_str())
        .collect();
    assert_eq!(names, [unknown.0]);
}

#[test]
fn no_digest_is_no_choice_and_yanked_is_the_last_resort() {
    let mut project = project("x", &[("x-1.0-py3-none-any.whl", 1), ("x-1.0.tar.gz", 1)]);
    let version = Version::new("1.0.0");
    project.files[0].yanked = Some(String::new());
    assert_eq!(project.choose(&version).unwrap().filename, "x-1.0.tar.gz");
    assert_eq!(
        (project.yanked(&version), project.latest().is_some()),
        (None, true)
    );
    project.files[1].yanked = Some("wrong".to_owned());
    assert_eq!(
        project.choose(&version).unwrap().filename,
        "x-1.0-py3-none-any.whl"
    );
    assert_eq!((project.yanked(&version), project.latest()), (Some(""), None));
    project.files[0].sha256 = None;
    assert_eq!(project.choose(&version).unwrap().filename, "x-1.0.tar.gz");
    project.files[1].sha256 = None;
    assert_eq!(project.choose(&version), None);
}

#[test]
fn releases_are_listed_once_and_newest_first() {
    let project = project(
        "x",
        &[
            ("x-1.0.tar.gz", 1),
            ("x-1.0.0-py3-none-any.whl", 1),
            ("x-1.10.zip", 1),
            ("x-1.9.zip", 1),
            ("x-2.0a1.zip", 1),
        ],
    );
    let versions: Vec<&str> = project.versions().into_iter().map(Version::as_str).collect();
    assert_eq!(versions, ["2.0a1", "1.10", "1.9", "1.0.0"]);
    assert_eq!(project.latest().unwrap().as_str(), "1.10");
    assert_eq!(project.of(&Version::new("1.0")).len(), 2);
}

/// Version, build, tag of Python, the other tags, size, whether it is yanked and has a digest.
type Described = (String, String, String, String, u64, [bool; 2]);

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_panics(filename in "\\PC{0,30}|x-[0-9.a-z+_-]{0,20}(\\.whl|\\.zip|\\.tar\\.gz)") {
        if let Some((_, version)) = read(&package("x"), &filename) {
            prop_assert!(version.is_pep440());
            prop_assert_eq!(version.normal(), Some(version));
        }
        let _ = (Wheel::parse(&filename), normalise(&filename));
    }

    #[test]
    fn normalising_twice_is_normalising_once(name in "[A-Za-z0-9._-]{1,20}") {
        if let Some(normal) = normalise(&name) {
            prop_assert_eq!(normalise(normal.as_str()), Some(normal));
        }
    }

    /// Neither the order of the page nor anything but the files themselves decides.
    #[test]
    fn the_choice_does_not_depend_on_the_order(
        files in proptest::collection::vec(("1\\.0|1\\.0\\.0|2", "-[12]|", "py3|py2|cp39|cp27|py2\\.py3", "none-any|cp39-win32|none-linux_x86_64", 0..4u64, any::<[bool; 2]>()), 1..8)
            .prop_shuffle(),
        turn in 0..8usize,
    ) {
        let make = |files: &[Described]| {
            let files = files.iter().map(|(version, build, python, rest, size, [yanked, digest])| {
                let mut file = file("x", &format!("x-{version}{build}-{python}-{rest}.whl"), (*size > 0).then_some(*size));
                file.yanked = yanked.then(String::new);
                file.sha256 = file.sha256.filter(|_| *digest);
                file
            });
            Project::new(package("x"), files.collect())
        };
        let mut names: Vec<_> = files.iter().map(|f| (f.0.clone(), f.1.clone(), f.2.clone(), f.3.clone())).collect();
        names.sort();
        names.dedup();
        prop_assume!(names.len() == files.len());
        let mut turned = files.clone();
        turned.rotate_left(turn % files.len());
        let (one, other) = (make(&files), make(&turned));
        prop_assert_eq!(&one, &other);
        for version in one.versions() {
            prop_assert_eq!(one.choose(version), other.choose(version));
            if let Some(file) = one.choose(version) {
                prop_assert!(file.sha256.is_some() && file.version.is_same_release(version));
            }
        }
    }
}
