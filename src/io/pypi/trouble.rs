//! Why a request had no answer, and whether it is worth another. Never asks again itself.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::RETRY_AFTER;

/// Why there was no answer this time.
pub struct Trouble {
    /// In a line.
    pub why: String,
    /// Whether it may be otherwise next time.
    pub passing: bool,
    /// How long the server wants to be left alone.
    pub wait: Option<Duration>,
}

impl Trouble {
    /// It may be otherwise next time.
    pub fn passing(why: String) -> Self {
        let (passing, wait) = (true, None);
        Self { why, passing, wait }
    }

    /// It will be the same next time.
    pub fn lasting(why: String) -> Self {
        let (passing, wait) = (false, None);
        Self { why, passing, wait }
    }
}

/// What a server means that wants to be asked again.
pub fn again(response: &Response) -> Trouble {
    let value = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let wait = value.and_then(|text| match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let moment = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            let wait = moment.signed_duration_since(chrono::Utc::now());
            Some(wait.to_std().unwrap_or_default())
        }
    });
    Trouble {
        why: format!("it answered {}", response.status()),
        passing: true,
        wait,
    }
}

/// What an error of the client means.
pub fn trouble(error: reqwest::Error) -> Trouble {
    // The address may hold a token.
    let error = error.without_url();
    let why = chain(&error);
    if error.is_redirect() || error.is_builder() {
        return Trouble::lasting(why);
    }
    if why.contains("certificate") {
        return Trouble::lasting(format!(
            "{why}; SSL_CERT_FILE or PIP_CERT names the certificates that you trust"
        ));
    }
    Trouble::passing(if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        why
    })
}

/// An error and what caused it, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text.replace(char::is_control, " ")
}
