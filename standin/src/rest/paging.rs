//! Pages of lists, with the `link` header of RFC 8288 as GitHub writes it.

use serde_json::Value;

use super::Context;
use crate::exchange::{Answer, Request};

const DEFAULT_PER_PAGE: usize = 30;
const MAX_PER_PAGE: usize = 100;

/// The part of a list that a request asks for.
pub(crate) struct Page {
    page: usize,
    per_page: usize,
    total: usize,
}

impl Page {
    pub fn of(request: &Request, total: usize) -> Page {
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let per_page = number("per_page")
            .filter(|size| *size > 0)
            .unwrap_or(DEFAULT_PER_PAGE)
            .min(MAX_PER_PAGE);
        Page {
            page: number("page").unwrap_or(1).max(1),
            per_page,
            total,
        }
    }

    /// The items on this page.
    pub fn slice<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let start = (self.page - 1).saturating_mul(self.per_page).min(items.len());
        &items[start..(start + self.per_page).min(items.len())]
    }

    /// `next`, `last`, `first` and `prev`, where there is more than one page.
    pub fn link(&self, context: &Context) -> Option<String> {
        let last = self.total.div_ceil(self.per_page).max(1);
        let mut links = Vec::new();
        if self.page > 1 {
            links.push((self.page - 1, "prev"));
        }
        if self.page < last {
            links.extend([(self.page + 1, "next"), (last, "last")]);
        }
        if self.page > 1 {
            links.push((1, "first"));
        }
        let shown: Vec<String> = links
            .into_iter()
            .map(|(page, rel)| format!("<{}>; rel=\"{rel}\"", address(context, page)))
            .collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }
}

/// GitHub names a repository by its id in links, and keeps the other parameters.
fn address(context: &Context, page: usize) -> String {
    let path = &context.request.path;
    let path = match path
        .strip_prefix("/repos/")
        .and_then(|rest| rest.splitn(3, '/').nth(2))
    {
        Some(below) => format!("/repositories/{}/{below}", context.repo),
        None => path.clone(),
    };
    let pairs = context
        .request
        .raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("page="));
    let query: Vec<String> = pairs.map(str::to_owned).chain([format!("page={page}")]).collect();
    format!("{}{path}?{}", context.shared.url(), query.join("&"))
}

impl Context<'_> {
    /// One page of a list; `shape` is called for what is on it only.
    pub fn paged<T>(&self, items: &[T], shape: impl FnMut(&T) -> Value) -> Answer {
        let page = Page::of(self.request, items.len());
        let body: Vec<Value> = page.slice(items).iter().map(shape).collect();
        self.linked(Answer::json(200, &body.into()), &page)
    }

    pub fn linked(&self, answer: Answer, page: &Page) -> Answer {
        match page.link(self) {
            Some(link) => answer.with("link", link),
            None => answer,
        }
    }
}
