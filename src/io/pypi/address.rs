//! Addresses with and without the names and passwords in them. Never shows one.

use reqwest::header::HeaderValue;
use url::{Origin, Url};

/// A name and a password, and the only server that gets them.
#[derive(Clone)]
pub struct Credentials {
    /// The server.
    pub origin: Origin,
    /// What it gets.
    pub authorization: HeaderValue,
}

impl Credentials {
    /// Takes the credentials out of an address, so that nobody shows them.
    pub fn take(url: &mut Url) -> Option<Self> {
        use base64::Engine;
        let decode = |text: &str| percent_decoded(text);
        let (name, password) = (decode(url.username()), url.password().map(decode));
        // Neither can fail where there is a host.
        let (Ok(()), Ok(())) = (url.set_username(""), url.set_password(None)) else {
            return None;
        };
        if name.is_empty() && password.is_none() {
            return None;
        }
        let pair = format!("{name}:{}", password.unwrap_or_default());
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        Self::new(url, &basic)
    }

    /// What is sent as `Authorization` to an address's server.
    pub fn new(url: &Url, authorization: &str) -> Option<Self> {
        let mut authorization = HeaderValue::from_str(authorization).ok()?;
        authorization.set_sensitive(true);
        Some(Self {
            origin: url.origin(),
            authorization,
        })
    }
}

/// An address for people: without credentials, and without a query, which may hold a token.
pub fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// A text with its `%41` replaced.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        decoded.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
