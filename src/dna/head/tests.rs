//! Heads are read back as they were written, and files of any bytes are refused with a reason. Reads no file.

use super::*;
use crate::model::name::Name;

/// A head as a real file has it.
pub fn head(package: &str, release: &str) -> Head {
    Head {
        dna_version: 1,
        package: PackageName::parse(package).unwrap(),
        release: release.to_owned(),
        generator: "gistry 0.1.0".to_owned(),
        source: Source {
            origin: "pypi".to_owned(),
            artifact: format!("{package}-{release}-py3-none-any.whl"),
            kind: "wheel".to_owned(),
            size: 13_029_123,
            sha256: Sha256::parse(&"ab".repeat(32)).unwrap(),
            upload_time: Some(Timestamp::parse("2024-01-20T02:10:33Z").unwrap()),
        },
        requires_python: Some(">=3.9".to_owned()),
        summary: Some("Powerful data structures for data analysis".to_owned()),
        counts: Counts {
            modules: 300,
            functions: 70_000,
            ..Counts::default()
        },
        profile: "default".to_owned(),
        yanked: None,
    }
}

/// A whole file: the head, then `public` and `modules`.
fn file(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(head, 2, &mut bytes).unwrap();
    bytes.extend(b"\xa6public\x80\xa7modules\x90");
    bytes
}

fn from(bytes: &[u8]) -> Result<Head, HeadFault> {
    read(bytes, MAX_HEAD)
}

#[test]
fn a_head_comes_back_as_it_was_written() {
    let mut head = head("pandas", "2.2.0");
    assert_eq!(from(&file(&head)), Ok(head.clone()));
    head.yanked = Some("broken wheel".to_owned());
    (head.requires_python, head.summary, head.source.upload_time) = (None, None, None);
    assert_eq!(from(&file(&head)), Ok(head));
}

#[test]
fn nothing_behind_the_head_matters() {
    let head = head("pandas", "2.2.0");
    let mut bytes = file(&head);
    let body = bytes.len() - 10;
    bytes.truncate(body);
    bytes.extend([0xc1; 100]);
    assert_eq!(from(&bytes), Ok(head));
}
