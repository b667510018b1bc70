//! Pages of all kinds and of none.

use proptest::prelude::*;

use super::*;

fn page(content_type: Option<&str>, bytes: impl Into<Vec<u8>>) -> Result<Vec<DistFile>, String> {
    let page = KeptPage {
        etag: None,
        last_modified: None,
        content_type: content_type.map(str::to_owned),
        url: "https://index.example/root/simple/six/".to_owned(),
        bytes: bytes.into(),
    };
    let asked = Url::parse("https://asked.example/").unwrap();
    files(&PackageName::parse("six").unwrap(), &page, &asked)
}

fn html(text: &str) -> Vec<DistFile> {
    page(Some("text/html; charset=utf-8"), text).unwrap()
}

#[test]
fn links_are_relative_to_the_page_or_its_base() {
    let digest = "ABCDEF0123456789".repeat(4);
    for (text, expected) in [
        (
            "<a href='../../packages/six-1.0.tar.gz'>x</a>",
            "https://index.example/root/packages/six-1.0.tar.gz",
        ),
        ("<a href=/six-1.0.tar.gz>", "https://index.example/six-1.0.tar.gz"),
        (
            "<A HREF=\"//other.example/six-1.0.tar.gz?a=1&amp;b=2\">",
            "https://other.example/six-1.0.tar.gz?a=1&b=2",
        ),
        (
            "<base href='https://b.example/x/'><base href='https://c.example/'><a href='six-1.0.tar.gz'>",
            "https://b.example/x/six-1.0.tar.gz",
        ),
        (
            "<a href='https://u:p@h.example/six-1.0.tar.gz'>",
            "https://h.example/six-1.0.tar.gz",
        ),
        (
            "<a href='\n six-1.0.tar.gz '>",
            "https://index.example/root/simple/six/six-1.0.tar.gz",
        ),
    ] {
        let found = html(
            &text
                .replace("tar.gz", &format!("tar.gz#sha256={digest}"))
                .replace(
                    &format!("#sha256={digest}?a=1&amp;b=2"),
                    &format!("?a=1&amp;b=2#sha256={digest}"),
                ),
        );
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].url, expected);
        assert_eq!(found[0].sha256.as_ref().unwrap().as_str(), digest.to_lowercase());
    }
}

#[test]
fn what_is_no_link_is_no_file() {
    for text in [
        "<html><!-- <a href='six-1.0.tar.gz'> -->",
        "<html><script>'<a href=\"six-1.0.tar.gz\">'</script>",
        "<title><a href='six-1.0.tar.gz'></title>",
        "<html><a name='six-1.0.tar.gz'>six-1.0.tar.gz</a>",
        "<html><a href='ftp://x/six-1.0.tar.gz'>",
        "<html><a href='javascript:six-1.0.tar.gz'>",
        "<html><a href='https://[/six-1.0.tar.gz'>",
        "<html><a href='six-1.0.exe'>six-1.0.tar.gz</a>",
    ] {
        assert_eq!(html(text), [], "{text}");
    }
}

#[test]
fn what_a_link_says_of_its_file() {
    let found = html(
        "<a href='six-1%2E0.tar.gz#md5=00&sha256=1' data-requires-python='&gt;=3,\n&lt;4' data-yanked data-upload-time='2024-01-20T03:10:33.9+01:00' data-size=7>",
    );
    let file = &found[0];
    assert_eq!(
        (file.filename.as_str(), file.sha256.as_ref(), file.size),
        ("six-1.0.tar.gz", None, Some(7))
    );
    assert_eq!(file.requires_python.as_deref(), Some(">=3, <4"));
    assert_eq!(file.yanked.as_deref(), Some(""));
    assert_eq!(
        file.upload_time.as_ref().unwrap().as_str(),
        "2024-01-20T02:10:33Z"
    );
}

#[test]
fn json_has_the_same_words() {
    let json = |files: &str| {
        page(
            Some("application/vnd.pypi.simple.v1+json"),
            format!("{{\"meta\":{{\"api-version\":\"1.1\"}},\"name\":\"six\",\"files\":{files}}}"),
        )
    };
    let found = json(r#"[{"filename":"six-1.0.tar.gz","url":"/x","hashes":{"md5":"1"},"yanked":"why","size":3,"provenance":null,"other":[{}]},
        {"filename":"six-1.0.exe","url":"/y","hashes":{}}]"#).unwrap();
    assert_eq!(
        (found.len(), found[0].url.as_str(), found[0].yanked.as_deref()),
        (1, "https://index.example/x", Some("why"))
    );
    for (files, yanked) in [("true", Some("")), ("false", None)] {
        let file = format!(r#"[{{"filename":"six-1.0.zip","url":"x","hashes":{{}},"yanked":{files}}}]"#);
        assert_eq!(json(&file).unwrap()[0].yanked.as_deref(), yanked);
    }
    assert!(json("[{}]").is_err() && json("7").is_err());
}

#[test]
fn no_page_is_said_to_be_one() {
    let refused = |content_type, text: &str| page(Some(content_type), text).unwrap_err();
    assert!(
        refused(
            "application/vnd.pypi.simple.v1+json",
            "{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}"
        )
        .contains("\"2.0\"")
    );
    assert!(refused("text/html", "<meta name='pypi:repository-version' content='2.3'>").contains("\"2.3\""));
    assert!(refused("image/png", "\u{89}PNG").contains("image/png"));
    assert!(refused("text/html", "plain text").contains("no HTML page"));
    assert!(refused("application/json", "[").contains("PEP 691"));
    assert!(page(None, "").is_err());
    assert_eq!(page(None, " {\"files\":[]}"), Ok(Vec::new()));
    assert_eq!(page(None, "<html>"), Ok(Vec::new()));
    let many = "<a href=x>".repeat(LINKS + 1);
    assert!(refused("text/html", &many).contains("500000"));
    let deep = "<div>".repeat(1_000_000);
    assert!(page(Some("text/html"), deep).is_err());
    let nested = format!("{{\"files\":{}", "[".repeat(1_000_000));
    assert!(page(Some("application/json"), nested).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_page_panics(
        form in prop_oneof![Just(None), Just(Some("text/html")), Just(Some("application/json"))],
        text in "(<(a|base|meta|script|!--|/a)( (href|data-yanked|data-size|name|content)=?['\"]?(six-1\\.0\\.tar\\.gz|https?://|\\PC{0,6})['\"]?){0,3}>?|[{}\\[\\]:,\"]|\"(files|url|filename)\"|\\PC{0,5}){0,12}",
    ) {
        for file in page(form, text).unwrap_or_default() {
            prop_assert!(file.url.starts_with("http"));
            prop_assert!(file.version.is_pep440());
        }
    }

    #[test]
    fn no_bytes_panic(form in prop_oneof![Just(None), Just(Some("text/html")), Just(Some("application/json"))], bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = page(form, bytes);
    }
}
