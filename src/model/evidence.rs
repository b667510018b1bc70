//! What rules must know from elsewhere: questions, answers, and the facts in them. Plain data; never fetches.

use std::collections::BTreeMap;

use super::artifact::Project;
use super::derivation::{Derivation, Derived};
use super::ledger::Counted;
use super::name::{
    AdvisoryId, CommitId, GistId, Login, ModuleName, PackageName, Revision, Sha256, Timestamp,
};
use super::owner::AccountId;
use super::path::RepoPath;
use super::review::Review;
use super::week::Week;

/// A question that a rule needs answered before it can judge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// A gist as it is now: [`Fact::Gist`].
    Gist(GistId),
    /// A gist at a revision: [`Fact::Gist`].
    GistAt(GistId, Revision),
    /// An account by its present login: [`Fact::Account`].
    Account(Login),
    /// An account by its number: [`Fact::Account`].
    AccountId(AccountId),
    /// The modules of the base that name a gist and are not yanked: [`Fact::Modules`], empty when there is none.
    ModulesOf(GistId),
    /// Whether a publisher of the base has this module: [`Fact::Modules`] with one entry, or absent.
    Module(Login, ModuleName),
    /// The modules that are used the most, of the base: [`Fact::WellUsed`].
    WellUsed,
    /// The files of the base that hold this advisory: [`Fact::Paths`], empty when there is none.
    AdvisoryFiles(AdvisoryId),
    /// Whether the base has a release of this package: [`Fact::Paths`] with one of them, or absent.
    Package(PackageName),
    /// The batches of a week that the base has counted: [`Fact::Ledger`], empty when there is none.
    Ledger(Week),
    /// The numbers of an account's open pull requests on this registry: [`Fact::Pulls`].
    OpenPullsOf(Login),
    /// The numbers of the open pull requests with this head: [`Fact::Pulls`].
    PullsWithHead(CommitId),
    /// The reviews of a pull request of this registry, oldest first: [`Fact::Reviews`].
    Reviews(u64),
    /// What the package index lists of a package, with all that it takes to choose this release's artifact: [`Fact::Package`].
    Release(PackageName, String),
    /// What comes out when a DNA file is made again: [`Fact::Derived`].
    Derived(Box<Derivation>),
    /// How many DNA files an account brought within the day before this pull request, in others: [`Fact::DnaFiles`].
    DnaFilesOf(Login, u64),
}

impl Ask {
    /// Whether GitHub must be asked; the others are answered by the base's tree.
    pub fn needs_network(&self) -> bool {
        match self {
            Self::Gist(_) | Self::GistAt(..) | Self::Account(_) | Self::AccountId(_) => true,
            Self::OpenPullsOf(_) | Self::PullsWithHead(_) | Self::Reviews(_) => true,
            Self::Release(..) | Self::Derived(_) | Self::DnaFilesOf(..) => true,
            Self::ModulesOf(_) | Self::Module(..) | Self::WellUsed | Self::AdvisoryFiles(_) => false,
            Self::Package(_) | Self::Ledger(_) => false,
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Known(Fact),
    /// It was asked, and there is no such thing (404).
    Absent,
    /// It could not be asked.
    Unknown(Unavailable),
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unavailable {
    /// The user said that the network is not to be used, and the verdict must say so (`--offline`).
    Offline,
    /// The user asked for the rules that need no network, and judges by those alone (`--local`).
    LocalOnly,
    /// It was tried, and failed: what happened, in one line, for a person.
    Failed(String),
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A gist.
    Gist(Gist),
    /// An account.
    Account(Account),
    /// Modules, sorted.
    Modules(Vec<ModuleId>),
    /// Modules with how often they were installed, most first.
    WellUsed(Vec<(ModuleId, u64)>),
    /// Files, sorted.
    Paths(Vec<RepoPath>),
    /// Numbers of pull requests, sorted.
    Pulls(Vec<u64>),
    /// Reviews, oldest first.
    Reviews(Vec<Review>),
    /// A package as its index lists it.
    Package(Project),
    /// What was derived.
    Derived(Derived),
    /// A number of DNA files.
    DnaFiles(u64),
    /// Batches that were counted, sorted.
    Ledger(Vec<Counted>),
}

/// A module by its publisher's folder and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId {
    /// The publisher.
    pub publisher: Login,
    /// The module.
    pub name: ModuleName,
}

/// A gist as GitHub describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gist {
    /// Its id.
    pub id: GistId,
    /// Whether it is public; a secret gist is readable by whoever knows its id.
    pub public: bool,
    /// Nobody for anonymous gists and deleted accounts.
    pub owner: Option<Account>,
    /// Its files, sorted by name.
    pub files: Vec<GistFile>,
    /// Whether there are more files than the answer lists (GitHub lists 300).
    pub more_files: bool,
    /// The newest revision, or the one that was asked for.
    pub revision: Option<Revision>,
}

/// A file of a gist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GistFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its content; absent where GitHub cut the content (over 1 MB) or was not asked for it.
    pub sha256: Option<Sha256>,
}

/// A GitHub account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its present login.
    pub login: Login,
    /// Its number.
    pub id: AccountId,
    /// Whether it is a person's account: organisations and bots have no gists.
    pub person: bool,
    /// When it was made; known only where the account itself was asked about.
    pub created: Option<Timestamp>,
}

/// Answers by question.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    answers: BTreeMap<Ask, Answer>,
    /// Why nothing that needs the network has an answer, where that is so.
    closed: Option<Unavailable>,
}

impl From<BTreeMap<Ask, Answer>> for Evidence {
    fn from(answers: BTreeMap<Ask, Answer>) -> Self {
        Self {
            answers,
            closed: None,
        }
    }
}

impl Evidence {
    /// The same without a network: of every question that needs it, this is why there is no answer.
    #[must_use]
    pub fn closed(self, why: Unavailable) -> Self {
        Self {
            closed: Some(why),
            ..self
        }
    }

    /// The answer; a question that nobody asked counts as not answerable, never as an answer.
    pub fn get(&self, ask: &Ask) -> Answer {
        if let Some(answer) = self.answers.get(ask) {
            return answer.clone();
        }
        let closed = self.closed.clone().filter(|_| ask.needs_network());
        Answer::Unknown(closed.unwrap_or_else(|| Unavailable::Failed("it was not asked".into())))
    }

    /// The gist, where one is known.
    pub fn gist(&self, id: &GistId) -> Option<&Gist> {
        self.fact(&Ask::Gist(id.clone())).and_then(|fact| {
            if let Fact::Gist(gist) = fact {
                Some(gist)
            } else {
                None
            }
        })
    }

    /// The account, where one is known.
    pub fn account(&self, ask: &Ask) -> Option<&Account> {
        self.fact(ask).and_then(|fact| {
            if let Fact::Account(account) = fact {
                Some(account)
            } else {
                None
            }
        })
    }

    /// The modules, where they are known.
    pub fn modules(&self, ask: &Ask) -> &[ModuleId] {
        if let Some(Fact::Modules(modules)) = self.fact(ask) {
            modules
        } else {
            &[]
        }
    }

    /// The numbers of pull requests, where they are known.
    pub fn pulls(&self, ask: &Ask) -> &[u64] {
        if let Some(Fact::Pulls(pulls)) = self.fact(ask) {
            pulls
        } else {
            &[]
        }
    }

    /// The reviews of a pull request, where they are known.
    pub fn reviews(&self, number: u64) -> &[Review] {
        if let Some(Fact::Reviews(reviews)) = self.fact(&Ask::Reviews(number)) {
            reviews
        } else {
            &[]
        }
    }

    /// A package as its index lists it, asked about a release, where that is known.
    pub fn package(&self, name: &PackageName, release: &str) -> Option<&Project> {
        let ask = Ask::Release(name.clone(), release.to_owned());
        if let Some(Fact::Package(project)) = self.fact(&ask) {
            Some(project)
        } else {
            None
        }
    }

    /// What was derived, where that is known.
    pub fn derived(&self, of: &Derivation) -> Option<&Derived> {
        if let Some(Fact::Derived(derived)) = self.fact(&Ask::Derived(Box::new(of.clone()))) {
            Some(derived)
        } else {
            None
        }
    }

    /// How many DNA files an account brought otherwise; none where that is not known.
    pub fn dna_files(&self, ask: &Ask) -> u64 {
        if let Some(Fact::DnaFiles(count)) = self.fact(ask) {
            *count
        } else {
            0
        }
    }

    /// Adds answers to these.
    pub fn extend(&mut self, answers: impl IntoIterator<Item = (Ask, Answer)>) {
        self.answers.extend(answers);
    }

    /// The batches of a week that were counted, where they are known.
    pub fn ledger(&self, week: Week) -> &[Counted] {
        if let Some(Fact::Ledger(counted)) = self.fact(&Ask::Ledger(week)) {
            counted
        } else {
            &[]
        }
    }

    /// Whether it was asked and there is no such thing.
    pub fn absent(&self, ask: &Ask) -> bool {
        self.answers.get(ask) == Some(&Answer::Absent)
    }

    /// The fact, where one is known.
    pub fn fact(&self, ask: &Ask) -> Option<&Fact> {
        if let Some(Answer::Known(fact)) = self.answers.get(ask) {
            Some(fact)
        } else {
            None
        }
    }
}
