//! What the environment says of proxies, certificates and hosts that are trusted without https. Never opens a connection.

use std::path::PathBuf;

use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy};
use url::{Host, Url};

use crate::error::{Error, Result};

/// Where certificates are said to be: the nearest to package indexes first, as pip and requests have it.
const CERTIFICATES: [&str; 4] = [
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// What is taken from the environment.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    https_proxy: Option<String>,
    http_proxy: Option<String>,
    no_proxy: Option<String>,
    /// The variable and the file that it names.
    certificates: Option<(&'static str, PathBuf)>,
    trusted_hosts: Vec<String>,
}

impl Surroundings {
    /// Reads the variables.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let either = |name: &str| set(&name.to_ascii_lowercase()).or_else(|| set(name));
        let all = either("ALL_PROXY");
        // In a CGI program HTTP_PROXY is what a client's `Proxy` header says.
        let http =
            set("http_proxy").or_else(|| set("HTTP_PROXY").filter(|_| set("REQUEST_METHOD").is_none()));
        let certificates = CERTIFICATES
            .iter()
            .find_map(|name| set(name).map(|file| (*name, PathBuf::from(file))));
        let trusted = set("PIP_TRUSTED_HOST").unwrap_or_default();
        Self {
            https_proxy: either("HTTPS_PROXY").or_else(|| all.clone()),
            http_proxy: http.or(all),
            no_proxy: either("NO_PROXY"),
            certificates,
            trusted_hosts: trusted.split_whitespace().map(str::to_ascii_lowercase).collect(),
        }
    }

    /// Whether an address may be asked: over https, or on this machine, or where the user trusts the way.
    pub fn admit(&self, url: &Url) -> Result<(), String> {
        let host = match url.host() {
            None => return Err("an address without a host".to_owned()),
            Some(host) => host,
        };
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let name = host.to_string();
        let with_port = url.port().map(|port| format!("{name}:{port}"));
        let trusted = self
            .trusted_hosts
            .iter()
            .any(|one| *one == name || Some(one) == with_port.as_ref());
        match url.scheme() {
            "https" => Ok(()),
            "http" if loopback || trusted => Ok(()),
            "http" => Err(format!(
                "http://{name} could be changed on its way: use https, or PIP_TRUSTED_HOST={name} where that way is safe"
            )),
            other => Err(format!("{other}: is no address that can be asked; https: is")),
        }
    }

    /// Gives a client its proxies and certificates.
    pub fn equip(&self, mut client: ClientBuilder) -> Result<ClientBuilder> {
        client = client.no_proxy();
        let without = self.no_proxy.as_deref().and_then(NoProxy::from_string);
        let wrong = |name: &str| {
            Error::Usage(format!(
                "{name} is no address of a proxy; such a one is http://proxy.example:3128"
            ))
        };
        if let Some(url) = &self.https_proxy {
            let proxy = Proxy::https(with_scheme(url)).map_err(|_| wrong("HTTPS_PROXY"))?;
            client = client.proxy(proxy.no_proxy(without.clone()));
        }
        if let Some(url) = &self.http_proxy {
            let proxy = Proxy::http(with_scheme(url)).map_err(|_| wrong("HTTP_PROXY"))?;
            client = client.proxy(proxy.no_proxy(without));
        }
        if let Some((name, file)) = &self.certificates {
            let wrong = |why: String| Error::Usage(format!("{name}={}: {why}", file.display()));
            // A folder of hashed names, which only OpenSSL reads; the system's own are read all the same.
            if file.is_dir() {
                return Ok(client);
            }
            let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
            let all = Certificate::from_pem_bundle(&bytes)
                .map_err(|_| wrong("no certificates in PEM".to_owned()))?;
            if all.is_empty() {
                return Err(wrong("no certificates in PEM".to_owned()));
            }
            client = client.tls_certs_only(all);
        }
        Ok(client)
    }
}

/// `proxy:3128` means http.
fn with_scheme(url: &str) -> String {
    if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_only_at_home_or_where_it_is_trusted() {
        let trusted = Surroundings::read(&|name| {
            (name == "PIP_TRUSTED_HOST").then(|| "mirror.example other:8080".to_owned())
        });
        let admitted = |url: &str| trusted.admit(&Url::parse(url).unwrap()).is_ok();
        for good in [
            "https://pypi.org/simple",
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://localhost/",
            "http://mirror.example/x",
            "http://other:8080/",
        ] {
            assert!(admitted(good), "{good}");
        }
        for bad in [
            "http://pypi.org/simple",
            "http://other/",
            "ftp://x/",
            "file:///etc/passwd",
            "http://localhost.example/",
            "data:x",
        ] {
            assert!(!admitted(bad), "{bad}");
        }
    }

    #[test]
    fn the_nearest_variable_counts_and_an_empty_one_does_not() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            Surroundings::read(&move |name| {
                pairs
                    .iter()
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value.clone())
            })
        };
        let found = read(&[
            ("https_proxy", "a:1"),
            ("HTTPS_PROXY", "b:1"),
            ("ALL_PROXY", "c:1"),
            ("PIP_CERT", ""),
            ("SSL_CERT_FILE", "/x"),
        ]);
        assert_eq!(
            (found.https_proxy.as_deref(), found.http_proxy.as_deref()),
            (Some("a:1"), Some("c:1"))
        );
        assert_eq!(found.certificates, Some(("SSL_CERT_FILE", PathBuf::from("/x"))));
        let cgi = read(&[("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(cgi.http_proxy, None);
        let missing = read(&[("PIP_CERT", "/does/not/exist")]);
        assert!(missing.equip(ClientBuilder::new()).is_err());
    }
}
