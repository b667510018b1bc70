//! What the index says about packages: order, latest, yanked, carried over. Reads no file.

use serde_json::Value;

use super::*;
use crate::dna::head::Source;
use crate::model::name::{Name, Timestamp};

fn text(output: &Output) -> &str {
    match &output.content {
        Written::File(bytes) => std::str::from_utf8(bytes).unwrap(),
        Written::Link(name) => name,
    }
}

fn release(package: &str, version: &str, day: u32) -> Release {
    let package = PackageName::parse(package).unwrap();
    let head = Head {
        dna_version: 1,
        package: package.clone(),
        release: version.to_owned(),
        generator: "gistry".to_owned(),
        source: Source {
            origin: "pypi".to_owned(),
            artifact: format!("{package}-{version}.whl"),
            kind: "wheel".to_owned(),
            size: 7,
            sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
            upload_time: Timestamp::parse(&format!("2026-01-{day:02}T00:00:00Z")).ok(),
        },
        beside: None,
        requires_python: None,
        summary: Some(format!("Does {package}\n  in {version}")),
        counts: Counts {
            functions: 10,
            methods: 5,
            ..Counts::default()
        },
        profile: "default".to_owned(),
        yanked: None,
    };
    let facts = FileFacts {
        blob: BlobId::of(version.as_bytes()),
        sha256: Sha256::parse(&"cd".repeat(32)).unwrap(),
        size: 1_000_000 + u64::from(day),
    };
    super::release(&package, version, facts, Ok(head)).unwrap()
}

fn yanked(mut release: Release) -> Release {
    release.head.yanked = Some("it deletes files".to_owned());
    release
}

#[test]
fn a_package_is_said_in_each_of_its_places() {
    let releases = [
        release("pandas", "2.9", 3),
        release("pandas", "2.10", 1),
        release("pandas", "3.0rc1", 2),
    ];
    let all = build(&releases);
    let paths: Vec<&str> = all.outputs.iter().map(|output| output.path.as_str()).collect();
    assert_eq!(
        paths,
        ["index/package/pa/nd/pandas.json", "pandas/pandas-latest.msgpack"]
    );
    assert_eq!(
        all.outputs[1].content,
        Written::Link("pandas-2.10.msgpack".to_owned())
    );
    let summary = serde_json::to_string(&all.summary["pandas"]).unwrap();
    assert_eq!(
        summary,
        r#"{"latest":"2.10","versions":["3.0rc1","2.10","2.9"],"size":1000001,"functions":15,"last_updated":"2026-01-02T00:00:00Z"}"#
    );
    let line = serde_json::to_string(&all.search[0]).unwrap();
    assert_eq!(
        line,
        r#"{"name":"pandas","kind":"package","description":"Does pandas in 2.10","latest":"2.10"}"#
    );
    assert_eq!((all.totals.packages, all.totals.functions), (1, 15));
    let file = text(&all.outputs[0]);
    assert!(file.starts_with("{\n  \"version\": 1,\n  \"name\": \"pandas\",\n  \"latest\": \"2.10\",\n  \"releases\": {\n    \"3.0rc1\": {\n      \"blob\": "), "{file}");
    assert!(file.ends_with("}\n"));
    let file: Value = serde_json::from_str(file).unwrap();
    let keys: Vec<&String> = file["releases"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["3.0rc1", "2.10", "2.9"]);
    let keys: Vec<&String> = file["releases"]["2.9"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "blob",
            "sha256",
            "size",
            "dna_version",
            "upload_time",
            "counts",
            "source"
        ]
    );
    let keys: Vec<&String> = file["releases"]["2.9"]["source"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(keys, ["origin", "artifact", "kind", "size", "sha256"]);
}

#[test]
fn a_yanked_release_is_kept_and_marked_and_never_the_latest() {
    let all = build(&[release("a", "1", 1), yanked(release("a", "2", 2))]);
    assert_eq!(all.summary["a"].latest.as_deref(), Some("1"));
    assert_eq!(all.summary["a"].versions, ["2", "1"]);
    let file: Value = serde_json::from_str(text(&all.outputs[1])).unwrap();
    assert_eq!(file["releases"]["2"]["yanked"], "it deletes files");
    assert_eq!(text(&all.outputs[0]), "a-1.msgpack");

    let none = build(&[yanked(release("a", "1", 1))]);
    let paths: Vec<&str> = none.outputs.iter().map(|output| output.path.as_str()).collect();
    assert_eq!(paths, ["index/package/1/a.json"]);
    let summary = &none.summary["a"];
    assert_eq!(
        (summary.latest.as_deref(), summary.size, summary.functions),
        (None, 0, 0)
    );
    assert_eq!(none.search[0].description, "Does a in 1");
    assert!(
        serde_json::to_string(summary)
            .unwrap()
            .starts_with(r#"{"latest":null,"#)
    );
}

#[test]
fn the_order_in_which_files_are_met_does_not_matter() {
    let mut releases = vec![
        release("b", "1.0", 1),
        release("a", "zzz", 1),
        release("a", "1.0.0", 2),
        release("a", "1.0", 3),
    ];
    let all = build(&releases);
    assert_eq!(all.summary["a"].versions, ["1.0.0", "1.0", "zzz"]);
    for turn in 0..releases.len() {
        releases.rotate_left(1);
        assert_eq!(build(&releases), all, "{turn}");
    }
    let names: Vec<&str> = all.search.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn a_release_comes_back_from_the_index_as_it_was() {
    let releases = [release("a", "1", 1), yanked(release("a", "2", 2))];
    let all = build(&releases);
    let file = PackageFile::parse(text(&all.outputs[1]).as_bytes()).unwrap();
    let carried: Vec<Release> = ["1", "2"].map(|version| file.carried(version).unwrap()).into();
    assert!(carried.iter().all(|release| release.carried));
    let again = build(&carried);
    assert_eq!((&again.summary, again.totals), (&all.summary, all.totals));
    let marked = text(&again.outputs[1]).replace("      \"carried\": true,\n", "");
    assert_eq!(marked, text(&all.outputs[1]));
    assert!(marked.len() < text(&again.outputs[1]).len());
    // A cache keeps releases.
    let kept = rmp_serde::to_vec(&releases).unwrap();
    assert_eq!(rmp_serde::from_slice::<Vec<Release>>(&kept).unwrap(), releases);
    assert_eq!(file.carried("3"), None);
    assert_eq!(PackageFile::parse(b"{}"), None);
    assert_eq!(PackageFile::parse(b"<<<<<<< HEAD"), None);
}

#[test]
fn what_is_no_release_is_a_finding() {
    let package = PackageName::parse("a").unwrap();
    let sound = release("a", "1", 1);
    let facts = FileFacts {
        blob: sound.blob,
        sha256: sound.sha256,
        size: sound.size,
    };
    let wrong = |package: &str, version: &str, head| {
        let package = PackageName::parse(package).unwrap();
        let finding = super::release(&package, version, facts.clone(), head).unwrap_err();
        assert!(finding.help.is_some());
        (finding.rule, finding.path.unwrap().to_string())
    };
    assert_eq!(
        wrong("b", "1", Ok(sound.head.clone())),
        ("dna-name", "b/b-1.msgpack".to_owned())
    );
    assert_eq!(wrong("a", "1.0", Ok(sound.head.clone())).0, "dna-name");
    assert_eq!(wrong("a", "1", Err(HeadFault::Truncated)).0, "dna-format");
    assert!(super::release(&package, "1", facts.clone(), Ok(sound.head)).is_ok());
}

#[test]
fn sizes_are_rounded_to_two_decimals() {
    let megabytes = |bytes| {
        PackageTotals {
            bytes,
            ..PackageTotals::default()
        }
        .megabytes()
        .to_string()
    };
    assert_eq!(megabytes(0), "0");
    assert_eq!(megabytes(4_999), "0");
    assert_eq!(megabytes(5_000), "0.01");
    assert_eq!(megabytes(3_345_678), "3.35");
    assert_eq!(megabytes(u64::MAX), "18446744073709.55");
}
