//! The issues that the nightly check opens: one about a dead module for its publisher, one about very many for the maintainers.
//! Never mentions anybody but the account that it is handed.

use super::markdown::code;
use crate::model::name::{GistId, Login};
use crate::sweep::{Death, MASS_MARKER, Wish, marker, shown};

/// By this label (and by marker and author) the issues are found again.
pub const LABEL: &str = "gistry: availability";

/// The title of the maintainers' issue.
pub const MASS_TITLE: &str = "Very many modules look dead at once";

/// What is wrong with the gist, in a few words.
fn what(death: Death) -> &'static str {
    match death {
        Death::Gone => "is gone",
        Death::Secret => "is secret",
        Death::TakenOver => "belongs to another account",
    }
}

/// The title of a module's issue.
pub fn title(wish: &Wish) -> String {
    format!("{}: its gist {}", shown(&wish.module), what(wish.state))
}

/// The text of a module's issue. `publisher` is the account that the folder is bound to, where it was just asked who that is:
/// nobody else is called, since a name that was given up may belong to a stranger now.
pub fn body(wish: &Wish, gist: &GistId, publisher: Option<&Login>) -> String {
    let module = code(&shown(&wish.module));
    let folder = &wish.module.publisher;
    let call = publisher.map(|login| format!("@{login}: ")).unwrap_or_default();
    let (seen, mend) = match wish.state {
        Death::Gone => (
            "GitHub says that there is no such gist.",
            "Gists cannot be brought back once they are deleted: name another gist of yours that holds the module",
        ),
        Death::Secret => (
            "The gist is there, and it is not public.",
            "Make the gist public, name another gist of yours that holds the module",
        ),
        Death::TakenOver => (
            "The gist does not belong to the account to which the folder is bound, or to no account any more.",
            "Name a gist of yours that holds the module",
        ),
    };
    let file = code(&format!("{folder}/registry.json"));
    format!(
        "{}\n\n{call}the gist of the module {module} {}. {seen} It was seen twice, at least a day apart; the second time at {}.\n\n\
         Gist: {}\n\n\
         Until that changes the module is marked in `availability.jsonl`, so that whoever wants to install it is told.\n\n\
         What to do: {mend}, or say that the module should not be used any more with `\"yanked\": \"the reason\"` in {file}.\n\n\
         <sub>This issue closes by itself some nights after that. If you close it, it stays closed as long as nothing changes.</sub>\n",
        marker(wish),
        what(wish.state),
        wish.since,
        code(gist.as_str()),
    )
}

/// The text of the maintainers' issue; some of the modules are named.
pub fn mass(dead: usize, tolerated: usize, modules: &[String]) -> String {
    let list: Vec<String> = modules
        .iter()
        .take(20)
        .map(|module| format!("- {}", code(module)))
        .collect();
    format!(
        "{MASS_MARKER}\n\n{dead} modules look dead and are not marked yet; more than {tolerated} at once is more likely an \
         incident than the truth. So nothing was marked, and no publisher was told.\n\n\
         What to do: look at some of them. If they are there, do nothing: the next nights find out, and this issue closes by itself. \
         If they are really gone, run `gistry sweep --allow-deaths` once as the nightly job is run.\n\nSome of them:\n\n{}\n",
        list.join("\n")
    )
}
