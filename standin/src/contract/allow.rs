//! Where GitHub's description is wrong or silent, and why we think so. Nothing else is excused.

use std::sync::LazyLock;

use jsonschema::Validator;

use super::description::DESCRIPTION;
use crate::exchange::Logged;
use crate::fault::glob;

/// A place where a value may break the description.
struct Exception {
    /// A glob over operation ids.
    operation: &'static str,
    /// `request` or `answer`.
    side: &'static str,
    /// A glob over JSON pointers.
    place: &'static str,
    reason: &'static str,
}

const VALUES: [Exception; 9] = [
    Exception {
        operation: "pulls/list",
        side: "answer",
        place: "/*/labels/*/description",
        reason: "null for a label that was made without one, as everywhere else in the description",
    },
    Exception {
        operation: "repos/list-pull-requests-associated-with-commit",
        side: "answer",
        place: "/*/labels/*/description",
        reason: "null for a label that was made without one, as everywhere else in the description",
    },
    Exception {
        operation: "gists/**",
        side: "answer",
        place: "/files/*/language",
        reason: "null for a file whose language GitHub does not know, such as .mld",
    },
    Exception {
        operation: "gists/**",
        side: "answer",
        place: "/owner",
        reason: "null for an anonymous gist and for one whose account was deleted",
    },
    Exception {
        operation: "pulls/get",
        side: "answer",
        place: "/head/repo",
        reason: "null once the fork was deleted; the description of webhooks says so",
    },
    Exception {
        operation: "pulls/list",
        side: "answer",
        place: "/*/head/repo",
        reason: "null once the fork was deleted; the description of webhooks says so",
    },
    Exception {
        operation: "repos/list-pull-requests-associated-with-commit",
        side: "answer",
        place: "/*/head/repo",
        reason: "null once the fork was deleted; the description of webhooks says so",
    },
    Exception {
        operation: "issues/set-labels",
        side: "request",
        place: "",
        reason: "the prose says that an empty list removes all labels, the schema asks for one",
    },
    Exception {
        operation: "gists/update",
        side: "request",
        place: "/files/*",
        reason: "the prose says that null deletes a file, the schema asks for an object",
    },
];

/// The table, for people.
pub(super) fn exceptions() -> impl Iterator<Item = String> {
    VALUES
        .iter()
        .map(|one| format!("{} {} `{}`: {}", one.operation, one.side, one.place, one.reason))
}

/// Whether a value may break the description here.
pub(super) fn value(operation: &str, side: &str, place: &str) -> bool {
    let matches = |exception: &Exception| {
        exception.side == side && glob(exception.operation, operation) && glob(exception.place, place)
    };
    VALUES.iter().any(matches)
}

/// Statuses that every operation may have although few list them, each with its reason.
const STATUSES: [(u16, &str, &str); 6] = [
    (400, "basic-error", "a body that is no JSON"),
    (
        401,
        "basic-error",
        "no token where one is needed, or a bad one: documented under authentication",
    ),
    (
        403,
        "basic-error",
        "a missing permission or a rate limit: documented under authentication and rate limits",
    ),
    (
        404,
        "basic-error",
        "hidden from whoever may not see it: documented under troubleshooting",
    ),
    (422, "validation-error", "documented under troubleshooting"),
    (429, "basic-error", "a rate limit: documented under rate limits"),
];

static ERRORS: LazyLock<Vec<(u16, Validator)>> = LazyLock::new(|| {
    let schema = |name: &str| serde_json::json!({"$ref": format!("#/components/{name}")});
    STATUSES
        .iter()
        .map(|(status, name, _)| (*status, DESCRIPTION.compile(&schema(name))))
        .collect()
});

/// Nothing but an empty body.
static EMPTY: LazyLock<Validator> =
    LazyLock::new(|| DESCRIPTION.compile(&serde_json::json!({"type": "null"})));

/// What an undocumented status must look like; `None` where it must not be.
pub(super) fn status(logged: &Logged) -> Option<&'static Validator> {
    if logged.status == 304 && logged.method == "GET" {
        // RFC 9110 §15.4.5: every conditional GET may end so.
        return logged.response_body.is_empty().then(|| &*EMPTY);
    }
    ERRORS
        .iter()
        .find(|(status, _)| *status == logged.status)
        .map(|(_, validator)| validator)
}

/// A request without a user agent gets a page in front of the API.
pub(super) fn never_reached_the_api(logged: &Logged) -> bool {
    logged.status == 403 && logged.header("user-agent").is_none_or(str::is_empty)
}
