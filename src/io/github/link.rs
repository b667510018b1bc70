//! The `Link` header (RFC 8288), as far as pages of a list go. Never follows it.

/// The address of the next page.
pub(super) fn next(header: &str) -> Option<&str> {
    related(header, "next")
}

/// The address of the last page, where the server knows it.
pub(super) fn last(header: &str) -> Option<&str> {
    related(header, "last")
}

fn related<'h>(header: &'h str, wanted: &str) -> Option<&'h str> {
    let mut rest = header;
    loop {
        // Addresses hold commas and semicolons; only the brackets tell where one ends.
        let (_, behind) = rest.split_once('<')?;
        let (address, behind) = behind.split_once('>')?;
        let end = behind.find('<').unwrap_or(behind.len());
        let is_it = behind[..end].split([';', ',']).any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
                name.trim().eq_ignore_ascii_case("rel")
                    && relations.any(|relation| relation.eq_ignore_ascii_case(wanted))
            })
        });
        if is_it {
            return Some(address);
        }
        rest = &behind[end..];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_page_is_found() {
        for (header, wanted) in [
            (
                r#"<https://h/a?page=2>; rel="next", <https://h/a?page=9>; rel="last""#,
                Some("https://h/a?page=2"),
            ),
            (
                r#"<https://h/a?page=1>; rel="prev", <https://h/a?q=x,y;z&page=3>; rel="next""#,
                Some("https://h/a?q=x,y;z&page=3"),
            ),
            (r#"<u>; title="n"; rel="last next""#, Some("u")),
            ("<u>;rel=next", Some("u")),
            (r#"<u>; rel="prev""#, None),
            (r#"<u>; rel="nextish""#, None),
            (r#"<u; rel="next""#, None),
            ("", None),
        ] {
            assert_eq!(next(header), wanted, "{header}");
        }
    }

    #[test]
    fn the_last_page_is_found() {
        let header = r#"<https://h/a?page=2>; rel="next", <https://h/a?page=9>; rel="last""#;
        assert_eq!(last(header), Some("https://h/a?page=9"));
        assert_eq!(last(r#"<https://h/a?page=2>; rel="next""#), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_header_panics(header in "[<>;,=\" a-z\u{e9}]{0,60}") {
            let _ = next(&header);
        }
    }
}
