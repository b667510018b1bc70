//! A package's page, as indexes write it. Knows nothing of requests.

use serde_json::{Value, json};

use super::File;

/// How pages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// JSON for who accepts it, HTML else.
    #[default]
    AsAsked,
    /// JSON (PEP 691), whatever is accepted.
    Json,
    /// HTML (PEP 503) with everything that mirrors add: the upload's time.
    Html,
    /// HTML as PEP 503 has it, and no more: links with digests, relative.
    PlainHtml,
}

const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// The content type and the page.
pub fn write(package: &str, files: &[&File], form: Form, accept: &str, base: &str) -> (String, Vec<u8>) {
    let as_json = match form {
        Form::AsAsked => accept.contains(JSON),
        other => other == Form::Json,
    };
    if as_json {
        let files: Vec<Value> = files.iter().map(|file| json_file(file, base)).collect();
        let page = json!({"meta": {"api-version": "1.1"}, "name": package, "files": files});
        return (JSON.to_owned(), page.to_string().into_bytes());
    }
    let mut page =
        format!("<!DOCTYPE html>\n<html>\n<head><title>Links for {package}</title></head>\n<body>\n");
    for file in files {
        page.push_str(&html_file(file, form == Form::PlainHtml, base));
    }
    page.push_str("</body>\n</html>\n");
    ("text/html; charset=utf-8".to_owned(), page.into_bytes())
}

fn json_file(file: &File, base: &str) -> Value {
    let mut value = json!({
        "filename": file.name,
        "url": file.url.clone().unwrap_or_else(|| format!("{base}/files/{}", file.name)),
        "hashes": {},
        "yanked": match &file.yanked {
            None => Value::Bool(false),
            Some(reason) if reason.is_empty() => Value::Bool(true),
            Some(reason) => Value::String(reason.clone()),
        },
    });
    if let Some(sha256) = &file.sha256 {
        value["hashes"]["sha256"] = sha256.as_str().into();
    }
    if let Some(size) = file.size {
        value["size"] = size.into();
    }
    if let Some(versions) = &file.requires_python {
        value["requires-python"] = versions.as_str().into();
    }
    if let Some(time) = &file.upload_time {
        value["upload-time"] = time.as_str().into();
    }
    value
}

fn html_file(file: &File, plain: bool, base: &str) -> String {
    let url = match &file.url {
        Some(url) => url.clone(),
        None if plain => format!("../../files/{}", file.name),
        None => format!("{base}/files/{}", file.name),
    };
    let digest = file.sha256.as_ref().map(|sha256| format!("#sha256={sha256}"));
    let mut attributes = String::new();
    let mut attribute = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            attributes.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
    };
    attribute("data-requires-python", &file.requires_python);
    attribute("data-yanked", &file.yanked);
    if !plain {
        attribute("data-upload-time", &file.upload_time);
    }
    let (url, name) = (escaped(&url), escaped(&file.name));
    format!(
        "<a href=\"{url}{}\"{attributes}>{name}</a><br/>\n",
        digest.unwrap_or_default()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
