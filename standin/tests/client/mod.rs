//! A plain HTTP client and a real git for the stand-in's own tests. Never retries, never follows a redirect.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use gistry_standin::Standin;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// An answer, read to its end.
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends requests with one token; an empty one sends none.
pub struct Client {
    url: String,
    token: String,
    agent: Agent,
}

impl Client {
    pub fn new(gh: &Standin, token: &str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .timeout_global(Some(Duration::from_secs(5)));
        Client {
            url: gh.url(),
            token: token.to_owned(),
            agent: config.build().into(),
        }
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Got, ureq::Error> {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.url)
        };
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let body = body.map_or(Vec::new(), |body| body.to_string().into_bytes());
        let mut response = self.agent.run(request.body(body).expect("a request"))?;
        let headers = response.headers().iter();
        let headers = headers
            .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        Ok(Got {
            status: response.status().as_u16(),
            headers,
            body: response.body_mut().read_to_vec()?,
        })
    }

    pub fn get(&self, path: &str) -> Got {
        self.send("GET", path, &[], None).expect("an answer")
    }

    pub fn call(&self, method: &str, path: &str, body: Value) -> Got {
        self.send(method, path, &[], Some(body)).expect("an answer")
    }

    pub fn post(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, body)
    }
}

/// Runs the real git, without the configuration of whoever runs the tests.
pub fn git(dir: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .current_dir(dir)
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .output()
        .expect("git is installed")
}

/// The same, where it must succeed; gives its output.
pub fn git_ok(dir: &Path, args: &[&str]) -> String {
    let out = git(dir, args);
    assert!(
        out.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
