//! Where an API is, and what belongs to it. A token is never sent anywhere else.

use std::net::IpAddr;

use http::Uri;

use crate::error::{Error, Result};

/// An API's address without a slash at its end.
pub(super) struct Origin {
    text: String,
    uri: Uri,
}

impl Origin {
    /// Reads an address; with a secret, plain `http` is for this machine only.
    pub(super) fn parse(what: &str, text: &str, secret: bool) -> Result<Self> {
        let wrong = |why: &str| {
            Error::Usage(format!(
                "{what} {text:?} {why}; it looks like https://api.github.com"
            ))
        };
        let text = text.trim().trim_end_matches('/');
        let uri: Uri = text.parse().map_err(|_| wrong("is no address"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("has no scheme or no host"));
        };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(wrong("must have no user and no query"));
        }
        match scheme {
            "https" => {}
            "http" if !secret || is_loopback(authority.host()) => {}
            "http" => return Err(wrong("would show the token to everybody on the way, use https")),
            _ => return Err(wrong("is neither https nor http")),
        }
        Ok(Self {
            text: text.to_owned(),
            uri,
        })
    }

    /// Scheme and host alone.
    pub(super) fn base(&self) -> String {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        format!("{}://{authority}", self.uri.scheme_str().unwrap_or("https"))
    }

    /// The whole address.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a path below.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// An address that was answered, if it is absolute and of this origin, or a path of it.
    pub(super) fn own(&self, address: &str) -> Option<String> {
        if address.starts_with('/') && !address.starts_with("//") {
            return address.parse::<Uri>().is_ok().then(|| self.base() + address);
        }
        let uri: Uri = address.parse().ok()?;
        // Compared as text: `h:443` for `h` is refused, which is safe.
        let same = uri.scheme() == self.uri.scheme() && uri.authority() == self.uri.authority();
        (same && uri.authority().is_some()).then(|| address.to_owned())
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A path's segment, with everything escaped that could be more than a name (RFC 3986 §2.3).
pub(super) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => escaped.push(char::from(byte)),
            // A lone dot is fine within a name, but `..` is none.
            b'.' if !text.bytes().all(|byte| byte == b'.') => escaped.push('.'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        for good in [
            "https://api.github.com",
            "https://ghe.example/api/v3/",
            "http://127.0.0.1:80",
            "http://[::1]:9",
            "http://localhost:1",
        ] {
            assert!(Origin::parse("x", good, true).is_ok(), "{good}");
        }
        for bad in [
            "",
            "api.github.com",
            "/x",
            "ftp://h",
            "https://u@h",
            "https://h?x=1",
            "http://example.org",
            "http://127.0.0.1.evil.example",
            "https://",
        ] {
            assert!(
                matches!(Origin::parse("x", bad, true), Err(Error::Usage(_))),
                "{bad}"
            );
        }
        assert!(Origin::parse("x", "http://example.org", false).is_ok());
    }

    #[test]
    fn only_its_own_addresses_are_its_own() {
        let origin = Origin::parse("x", "https://ghe.example/api/v3", true).unwrap();
        assert_eq!(
            origin.own("https://ghe.example/api/v3/x?page=2").as_deref(),
            Some("https://ghe.example/api/v3/x?page=2")
        );
        assert_eq!(
            origin.own("/api/v3/y").as_deref(),
            Some("https://ghe.example/api/v3/y")
        );
        for other in [
            "http://ghe.example/x",
            "https://ghe.example.evil/x",
            "https://ghe.example:8443/x",
            "//evil/x",
            "https://a@ghe.example/x",
            "x",
            "",
        ] {
            assert_eq!(origin.own(other), None, "{other}");
        }
        assert_eq!(
            (origin.base().as_str(), origin.at("/z").as_str()),
            ("https://ghe.example", "https://ghe.example/api/v3/z")
        );
    }

    #[test]
    fn a_segment_stays_one() {
        assert_eq!(segment("a/b?c#d %é[bot]"), "a%2Fb%3Fc%23d%20%25%C3%A9%5Bbot%5D");
        assert_eq!((segment(".."), segment("a.b")), ("%2E%2E".into(), "a.b".into()));
    }
}
