//! A repository on the network and the token for it. Never shows the token.

use std::fmt;

use base64::Engine as _;

use crate::error::{Error, Result};

/// A repository that git can fetch from.
#[derive(Clone)]
pub struct Source {
    /// Its address: `https://github.com/owner/name.git`; `http` and `file` are allowed, too.
    pub url: String,
    /// A token that may read it; public repositories need none.
    pub token: Option<String>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "***");
        f.debug_struct("Source")
            .field("url", &self.url)
            .field("token", &token)
            .finish()
    }
}

impl Source {
    /// Whom an error text names.
    pub(super) fn host(&self) -> &str {
        match self.parts() {
            Some((_, "", _)) | None => "the repository",
            Some((_, host, _)) => host,
        }
    }

    /// The one protocol that git may speak.
    pub(super) fn protocol(&self) -> Result<&str> {
        self.parts().map(|(protocol, ..)| protocol).ok_or_else(|| {
            Error::Usage(
                "the repository's address must be of the form https://host/owner/name, without a user name"
                    .into(),
            )
        })
    }

    /// Protocol, host with port, path; nothing for an address that could mean something else to git.
    fn parts(&self) -> Option<(&str, &str, &str)> {
        let (protocol, rest) = self.url.split_once("://")?;
        let (host, path) = rest.split_once('/')?;
        let sound = matches!(protocol, "https" | "http" | "file")
            && host.is_empty() == (protocol == "file")
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
            && !path.is_empty()
            && !self.url.chars().any(char::is_control);
        sound.then_some((protocol, host, path))
    }

    /// The token as git's configuration in environment variables, for this host alone: command lines are seen by
    /// everybody on the machine, and a file would outlive us.
    pub(super) fn credentials(&self) -> Result<Vec<(&'static str, String)>> {
        let (Some(token), Some((protocol, host, _))) = (&self.token, self.parts()) else {
            return Ok(Vec::new());
        };
        if protocol == "file" {
            return Ok(Vec::new());
        }
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        if protocol == "http" && !matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
            return Err(Error::Usage(format!(
                "the token is not sent to {host} without encryption; use an https:// address"
            )));
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Usage(
                "the token holds characters that no token has; check how it is passed on".into(),
            ));
        }
        Ok(vec![
            ("GIT_CONFIG_COUNT", "1".into()),
            (
                "GIT_CONFIG_KEY_0",
                format!("http.{protocol}://{host}/.extraHeader"),
            ),
            (
                "GIT_CONFIG_VALUE_0",
                format!("Authorization: basic {}", encoded(token)),
            ),
        ])
    }

    /// The text without the token in any of its forms.
    pub(super) fn redacted(&self, text: String) -> String {
        match self.token.as_deref() {
            Some(token) if !token.is_empty() => text.replace(&encoded(token), "***").replace(token, "***"),
            _ => text,
        }
    }
}

fn encoded(token: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(url: &str, token: &str) -> Source {
        Source {
            url: url.into(),
            token: Some(token.into()),
        }
    }

    #[test]
    fn addresses_that_git_could_take_for_something_else_are_refused() {
        for bad in [
            "ext::sh -c id",
            "-u",
            "ssh://github.com/a/b",
            "git@github.com:a/b",
            "https://user:pw@github.com/a/b",
            "https:///a/b",
            "https://github.com",
            "file://host/a",
            "https://github.com/a\n/b",
            "https://git hub.com/a",
        ] {
            assert!(source(bad, "t").protocol().is_err(), "{bad}");
        }
        assert_eq!(
            source("https://github.com/a/b.git", "t").protocol().unwrap(),
            "https"
        );
    }

    #[test]
    fn a_token_goes_to_its_host_alone_and_never_in_clear() {
        let sent = source("https://github.com/a/b", "ghs_x").credentials().unwrap();
        assert_eq!(sent[1].1, "http.https://github.com/.extraHeader");
        assert_eq!(sent[2].1, "Authorization: basic eC1hY2Nlc3MtdG9rZW46Z2hzX3g=");
        assert!(source("http://127.0.0.1:80/a/b", "t").credentials().is_ok());
        assert!(source("http://example.org/a/b", "t").credentials().is_err());
        assert!(
            source("https://github.com/a/b", "a\nHost: x")
                .credentials()
                .is_err()
        );
        assert!(source("file:///a/b", "t").credentials().unwrap().is_empty());
    }

    #[test]
    fn a_token_is_never_shown() {
        let source = source("https://github.com/a/b", "ghs_x");
        assert!(!format!("{source:?}").contains("ghs_x"));
        let text = source.redacted("ghs_x eC1hY2Nlc3MtdG9rZW46Z2hzX3g=".into());
        assert_eq!(text, "*** ***");
    }
}
