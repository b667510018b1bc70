//! A package's page as HTML (PEP 503, PEP 592, PEP 629). Never builds a tree of it.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, StartTag, Token, Tokenizer};
use url::Url;

use super::page::{LINKS, Link, understood};

/// The links of a page, and the address that they are relative to.
pub fn links(bytes: &[u8], page: &Url) -> Result<(Vec<Link>, Url), String> {
    let mut links = Vec::new();
    let mut base: Option<Url> = None;
    let mut is_page = false;
    let mut emitter = DefaultEmitter::default();
    // So that what stands in a script or a title is no link.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(bytes, emitter) {
        let Ok(Token::StartTag(tag)) = token else {
            continue;
        };
        match tag.name.as_slice() {
            b"a" => {
                is_page = true;
                links.extend(link(&tag));
                if links.len() > LINKS {
                    return Err(format!("a page of more than {LINKS} links"));
                }
            }
            b"base" if base.is_none() => {
                base = attribute(&tag, b"href").and_then(|href| page.join(href.trim()).ok())
            }
            b"meta" if attribute(&tag, b"name").as_deref() == Some("pypi:repository-version") => {
                understood(&attribute(&tag, b"content").unwrap_or_default())?;
            }
            b"html" | b"body" | b"title" | b"h1" => is_page = true,
            _ => {}
        }
    }
    if !is_page {
        return Err("it answered something that is no HTML page".to_owned());
    }
    Ok((links, base.unwrap_or_else(|| page.clone())))
}

fn link(tag: &StartTag<()>) -> Option<Link> {
    Some(Link {
        url: attribute(tag, b"href")?.trim().to_owned(),
        requires_python: attribute(tag, b"data-requires-python"),
        // Not in any standard; some mirrors say it.
        upload_time: attribute(tag, b"data-upload-time"),
        size: attribute(tag, b"data-size").and_then(|size| size.trim().parse().ok()),
        yanked: attribute(tag, b"data-yanked"),
        ..Link::default()
    })
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let attributes: &BTreeMap<HtmlString, _> = &tag.attributes;
    let value = attributes.get(name)?;
    Some(String::from_utf8_lossy(value.as_slice()).into_owned())
}
