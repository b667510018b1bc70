//! Files as they are found in projects, and what they say. Never reads a disk.

use super::*;

fn selection(extras: &[&str], groups: &[&str]) -> Selection {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Selection {
        extras: owned(extras),
        groups: owned(groups),
        target: Target::new("3.12", System::Linux).unwrap(),
    }
}

fn written(listed: &Listed) -> Vec<String> {
    listed
        .wants
        .iter()
        .map(|want| format!("{}: {}", want.line, want.written()))
        .collect()
}

fn passed_over(listed: &Listed) -> Vec<(usize, &str)> {
    listed
        .passed_over
        .iter()
        .map(|one| (one.line, one.text.as_str()))
        .collect()
}

const REQUIREMENTS: &str = "\u{feff}# made by hand
-r base.txt
--constraint=bounds.txt
Django == 5.0.1   # the web
zope.interface[test,docs]>=6,<7
requests==2.31.0 \\
    --hash=sha256:aaaa \\
    # a comment within
    --hash=sha256:bbbb
colorama==0.4.6 ; sys_platform == 'win32'
tomli ; python_version < '3.11'
typing-extensions>=4 ; python_version >= '3.9' and extra == 'x'
tidy; python_version >= '3.9'
-e ./mine
git+https://github.com/a/b#egg=b
other @ https://example.org/other-1.0.zip
./wheels/one-1.0-py3-none-any.whl
--extra-index-url https://example.org/simple
-i https://example.org/simple
--pre
";

#[test]
fn requirements_as_pip_reads_them() {
    let listed = requirements(REQUIREMENTS, &selection(&[], &[])).unwrap();
    assert_eq!(
        written(&listed),
        [
            "4: django==5.0.1",
            "5: zope-interface>=6,<7",
            "6: requests==2.31.0",
            "13: tidy"
        ]
    );
    let includes: Vec<_> = listed
        .includes
        .iter()
        .map(|one| (one.line, one.path.as_str(), one.bounds))
        .collect();
    assert_eq!(includes, [(2, "base.txt", false), (3, "bounds.txt", true)]);
    let lines: Vec<usize> = listed.passed_over.iter().map(|one| one.line).collect();
    assert_eq!(
        lines,
        [10, 11, 12, 14, 15, 16, 17, 18, 19, 20],
        "{:?}",
        listed.passed_over
    );
    let windows = Selection {
        target: Target::new("3.10", System::Windows).unwrap(),
        ..selection(&[], &[])
    };
    let listed = requirements(REQUIREMENTS, &windows).unwrap();
    assert!(written(&listed).contains(&"10: colorama==0.4.6".to_owned()));
    assert!(written(&listed).contains(&"11: tomli".to_owned()));
}

#[test]
fn what_cannot_be_understood_is_told_with_its_line() {
    let wrong = requirements("a==1\n\nb=1\n", &selection(&[], &[])).unwrap_err();
    assert_eq!(wrong.line, 3);
    assert!(!wrong.message.is_empty());
    assert_eq!(
        requirements("a==1\nb>>2", &selection(&[], &[])).unwrap_err().line,
        2
    );
}

const PYPROJECT: &str = r#"
[project]
name = "mine"
dependencies = [
    "requests>=2",
    "colorama; sys_platform == 'win32'",
]

[project.optional-dependencies]
Fast_Parts = ["numpy==1.26.3"]

[dependency-groups]
test = ["pytest>=8", {include-group = "typing"}]
typing = ["mypy"]
round = [{include-group = "round"}]
odd = [3]
"#;

#[test]
fn pyproject_and_what_is_selected_of_it() {
    let listed = pyproject(PYPROJECT, &selection(&[], &[])).unwrap();
    assert_eq!(written(&listed), ["5: requests>=2"]);
    assert_eq!(passed_over(&listed), [(6, "colorama; sys_platform == 'win32'")]);
    let listed = pyproject(PYPROJECT, &selection(&["fast-parts"], &["test"])).unwrap();
    assert_eq!(
        written(&listed),
        ["5: requests>=2", "10: numpy==1.26.3", "13: pytest>=8", "14: mypy"]
    );
    for (extras, groups, words) in [
        (&["slow"][..], &[][..], "no extra"),
        (&[], &["slow"], "no dependency group"),
        (&[], &["round"], "circle"),
        (&[], &["odd"], "must be a text"),
    ] {
        let wrong = pyproject(PYPROJECT, &selection(extras, groups)).unwrap_err();
        assert!(wrong.message.contains(words), "{wrong:?}");
    }
    assert!(
        pyproject("[tool.poetry]\n", &selection(&[], &[]))
            .unwrap_err()
            .message
            .contains("[project]")
    );
    assert_eq!(
        pyproject("[project]\nx = \n", &selection(&[], &[]))
            .unwrap_err()
            .line,
        2
    );
    let dynamic = pyproject("[project]\ndynamic = [\"dependencies\"]\n", &selection(&[], &[])).unwrap();
    assert_eq!(passed_over(&dynamic), [(2, "dynamic dependencies")]);
}

const UV_LOCK: &str = r#"version = 1
requires-python = ">=3.12"

[[package]]
name = "mine"
version = "0.1.0"
source = { virtual = "." }

[[package]]
name = "numpy"
version = "1.26.3"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "numpy"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "forked"
version = "1.0"
source = { git = "https://github.com/a/b?rev=1#2" }
"#;

#[test]
fn uv_lock_may_hold_two_versions_of_a_package() {
    let listed = uv_lock(UV_LOCK).unwrap();
    assert_eq!(written(&listed), ["9: numpy==1.26.3", "14: numpy==2.0.0"]);
    assert_eq!(passed_over(&listed), [(4, "mine"), (19, "forked")]);
    assert!(uv_lock("[[package]]\nversion = \"1\"\n").is_err());
}

#[test]
fn the_newest_that_will_do() {
    let versions: Vec<Version> = ["1.0", "2.0", "2.1rc1", "1.5", "nonsense"]
        .map(Version::new)
        .into();
    let offered = || {
        versions
            .iter()
            .map(|version| (version, version.as_str() == "1.5"))
    };
    let newest = |text: &str| {
        let listed = requirements(text, &selection(&[], &[])).unwrap();
        listed.wants[0].newest(offered()).map(ToString::to_string)
    };
    assert_eq!(newest("a").as_deref(), Some("2.0"));
    assert_eq!(newest("a<2").as_deref(), Some("1.0"), "1.5 is yanked");
    assert_eq!(newest("a==1.5").as_deref(), Some("1.5"), "but it is pinned");
    assert_eq!(newest("a>=2.1rc1").as_deref(), Some("2.1rc1"));
    assert_eq!(newest("a>3"), None);
    assert_eq!(newest("a==2").as_deref(), Some("2.0"));
}

#[test]
fn what_is_said_twice_holds_together() {
    let listed = requirements("a>=1\nb==2\na<3\na>=1\n", &selection(&[], &[])).unwrap();
    let bounds = requirements("a!=2.5\nc==1\n", &selection(&[], &[]))
        .unwrap()
        .wants;
    let all: Vec<String> = together(listed.wants, &bounds)
        .iter()
        .map(Want::written)
        .collect();
    assert_eq!(all, ["a>=1,!=2.5,<3", "b==2"]);
}

#[test]
fn markers_are_judged_as_pep_508_says() {
    let fits = |marker: &str| {
        let listed = requirements(&format!("a; {marker}"), &selection(&["fast-parts"], &[]))
            .map_err(|wrong| wrong.message)?;
        Ok::<_, String>(!listed.wants.is_empty())
    };
    for (marker, expected) in [
        ("python_version >= '3.9'", true),
        ("'3.9' <= python_version", true),
        // By number, not by letter.
        ("python_version < '3.9'", false),
        ("python_full_version == '3.12.*'", true),
        ("python_version ~= '3.10'", true),
        ("python_version in '3.11 3.12'", true),
        ("sys_platform == 'linux' and os_name == \"posix\"", true),
        ("sys_platform == 'win32' or platform_system == 'Linux'", true),
        (
            "sys_platform == 'win32' or platform_system == 'Linux' and python_version < '3'",
            false,
        ),
        (
            "(sys_platform == 'win32' or platform_system == 'Linux') and python_version > '3'",
            true,
        ),
        ("sys_platform not in 'win32 cygwin'", true),
        ("'linux' in sys_platform", true),
        ("platform_machine != 'arm64'", true),
        ("implementation_name == 'pypy'", false),
        ("platform_python_implementation == 'CPython'", true),
        ("extra == 'Fast_Parts'", true),
        ("extra == 'other'", false),
        ("extra != 'other'", true),
    ] {
        assert_eq!(fits(marker), Ok(expected), "{marker}");
    }
    for wrong in [
        "",
        "python_version",
        "python_version >= 3.9",
        "snake == 'x'",
        "(os_name == 'posix'",
        "os_name == 'posix' and",
        "os_name 'posix'",
        "os_name == 'posix' 'x'",
    ] {
        assert!(fits(wrong).is_err(), "{wrong}");
    }
    let deep = format!("{}os_name == 'posix'{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(fits(&deep).is_err());
}

#[test]
fn requirements_in_all_their_forms() {
    let read = |text: &str| {
        requirements(text, &selection(&[], &[]))
            .map(|listed| listed.wants.iter().map(Want::written).collect::<Vec<_>>())
    };
    for (text, expected) in [
        ("a", "a"),
        ("A.b_c [x , y]>=1,<2", "a-b-c>=1,<2"),
        ("a (>=1, !=1.5)", "a>=1,!=1.5"),
        ("a==1.*", "a==1.*"),
        ("a===1.0", "a===1.0"),
        ("a ~= 2.1", "a~=2.1"),
        ("a[]", "a"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(&[expected.to_owned()][..]), "{text}");
    }
    for wrong in [
        "-",
        "a b",
        "a [x",
        "a >= ",
        "a = 1",
        "[x]",
        "a (>=1",
        "a>=1 b",
        "ä==1",
        "a; os_name",
    ] {
        assert!(read(wrong).is_err() || wrong == "-", "{wrong}");
    }
}
