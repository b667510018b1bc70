//! Who may write what: permissions of Apps' and fine-grained tokens, scopes of classic ones, roles of people. Reading
//! is free, for everything here is public.

use super::Context;
use crate::exchange::Answer;
use crate::repo_row::Permission;
use crate::token::TokenKind;

/// GitHub's words for a token that lacks a permission.
const NO_INTEGRATION: &str = "Resource not accessible by integration";
const NO_PERSONAL: &str = "Resource not accessible by personal access token";

impl Context<'_> {
    /// Lets pass who may write in one of `areas` (`issues`, `pull_requests`, `contents`, `checks`), with at least
    /// `role` in the repository; an App's token has no role, its permissions are all.
    pub fn may_write(&self, areas: &[&str], role: Permission) -> Result<(), Answer> {
        let Some(token) = &self.who.token else {
            return Err(Answer::error(401, "Requires authentication"));
        };
        let permitted = areas.iter().any(|area| token.may_write(area));
        match token.kind {
            TokenKind::Installation if permitted => Ok(()),
            TokenKind::Installation => Err(Answer::error(403, NO_INTEGRATION)),
            TokenKind::FineGrained if !permitted => Err(Answer::error(403, NO_PERSONAL)),
            TokenKind::Classic if !token.has_scope("repo") && !token.has_scope("public_repo") => {
                // GitHub hides what a token without the scope cannot touch.
                Err(Answer::not_found())
            }
            _ if self.row().permission_of(token.account) < role => {
                Err(Answer::error(403, "Must have admin rights to Repository."))
            }
            _ => Ok(()),
        }
    }

    /// Gists are closed to every App's token, for reading, too.
    pub fn may_read_gists(&self) -> Result<(), Answer> {
        match self.who.is_installation() {
            true => Err(Answer::error(403, NO_INTEGRATION)),
            false => Ok(()),
        }
    }

    /// Lets pass who may write gists, gives the account.
    pub fn may_write_gists(&self) -> Result<u64, Answer> {
        self.may_read_gists()?;
        let Some(token) = &self.who.token else {
            return Err(Answer::error(401, "Requires authentication"));
        };
        match token.kind {
            TokenKind::Classic if !token.has_scope("gist") => Err(Answer::not_found()),
            TokenKind::FineGrained if !token.may_write("gists") => Err(Answer::error(403, NO_PERSONAL)),
            _ => Ok(token.account),
        }
    }
}
