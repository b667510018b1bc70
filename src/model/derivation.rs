//! What a job without any right is asked to derive, and what it says: the two small texts between the jobs of a workflow. Never derives.

use serde::{Deserialize, Serialize};

use super::blob::BlobId;
use super::name::{PackageName, Sha256};

/// Longest text of either kind that is read, in bytes.
pub const LONGEST: usize = 256 << 10;
/// Most files of one text.
pub const MOST: usize = 64;
/// Longest sentence of an answer, in bytes.
const SENTENCE: usize = 500;
/// The version of both texts.
const VERSION: u32 = 1;

/// A DNA file that is to be made again, as its own head describes it. Everything that the bytes depend on is here, in the
/// artifact, or on the package index's page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// The git blob of the file that is judged.
    pub blob: BlobId,
    /// The package.
    pub package: PackageName,
    /// The version, as the head writes it.
    pub release: String,
    /// The file name of the artifact.
    pub artifact: String,
    /// The digest of the artifact.
    pub sha256: Sha256,
    /// Why nobody should use the release any more, as the head says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// What was taken in: `default`, or `default+sdist`.
    pub profile: String,
    /// Changes when the bytes of the same artifact's DNA do.
    pub dna_version: u32,
}

/// What a derivation came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Derived {
    /// The digest of the file that was made.
    Digest(Sha256),
    /// The artifact has no DNA: why.
    None(String),
    /// A limit says that a maintainer must decide first: which.
    Beyond(String),
    /// It could not be done, and may be another time: why. Never an answer.
    Failed(String),
}

/// What a job is to derive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    version: u32,
    /// The package index, as the registry's default branch says it.
    pub index: String,
    /// Most bytes of one artifact.
    pub artifact_bytes: u64,
    /// The files.
    pub files: Vec<Derivation>,
}

/// What a job derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    version: u32,
    /// One for each file.
    pub files: Vec<AnswerOf>,
}

/// What was derived for one file. It is believed for exactly this file, this artifact and this DNA version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerOf {
    /// The git blob of the file that is judged.
    pub blob: BlobId,
    /// The digest of the artifact.
    pub sha256: Sha256,
    /// What the bytes were made by.
    pub dna_version: u32,
    /// What came of it.
    pub derived: Derived,
}

impl Order {
    /// An order.
    pub fn new(index: String, artifact_bytes: u64, files: Vec<Derivation>) -> Self {
        Self {
            version: VERSION,
            index,
            artifact_bytes,
            files,
        }
    }

    /// Reads an order.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let order: Self = read(text)?;
        check(order.version, order.files.len())?;
        Ok(order)
    }

    /// One line of ASCII.
    pub fn text(&self) -> String {
        line(self)
    }
}

impl Answers {
    /// Answers. Sentences are cut to what [`Answers::parse`] takes.
    pub fn new(files: Vec<AnswerOf>) -> Self {
        let files = files.into_iter().map(AnswerOf::bounded).collect();
        Self {
            version: VERSION,
            files,
        }
    }

    /// Reads answers, which a job wrote that hostile packages were parsed in: whatever is not exactly an answer spoils them all.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let answers: Self = read(text)?;
        check(answers.version, answers.files.len())?;
        let sentence = |answer: &AnswerOf| match &answer.derived {
            Derived::Digest(_) => None,
            Derived::None(why) | Derived::Beyond(why) | Derived::Failed(why) => {
                Some(why.len() > SENTENCE || why.contains(char::is_control))
            }
        };
        if answers.files.iter().filter_map(sentence).any(|bad| bad) {
            return Err("a sentence in it is no line of at most 500 bytes".to_owned());
        }
        Ok(answers)
    }

    /// One line of ASCII.
    pub fn text(&self) -> String {
        line(self)
    }

    /// What was derived for this file; nothing where no answer is for it, or several are.
    pub fn of(&self, wanted: &Derivation) -> Option<&Derived> {
        let mut found = self.files.iter().filter(|answer| {
            (&answer.blob, &answer.sha256, answer.dna_version)
                == (&wanted.blob, &wanted.sha256, wanted.dna_version)
        });
        found
            .next()
            .filter(|_| found.next().is_none())
            .map(|answer| &answer.derived)
    }
}

impl AnswerOf {
    /// An answer for this file.
    pub fn new(of: &Derivation, derived: Derived) -> Self {
        Self {
            blob: of.blob,
            sha256: of.sha256.clone(),
            dna_version: of.dna_version,
            derived,
        }
    }

    fn bounded(self) -> Self {
        let cut = |why: String| {
            let mut line: String = why
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            line.truncate(line.floor_char_boundary(SENTENCE));
            line
        };
        let derived = match self.derived {
            Derived::Digest(digest) => Derived::Digest(digest),
            Derived::None(why) => Derived::None(cut(why)),
            Derived::Beyond(why) => Derived::Beyond(cut(why)),
            Derived::Failed(why) => Derived::Failed(cut(why)),
        };
        Self { derived, ..self }
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.len() > LONGEST {
        return Err(format!("it has {} bytes; at most {LONGEST} are read", text.len()));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn check(version: u32, files: usize) -> Result<(), String> {
    if version != VERSION {
        return Err(format!(
            "it is of version {version}; this gistry knows version {VERSION}"
        ));
    }
    if files > MOST {
        return Err(format!(
            "it has {files} files; at most {MOST} are derived at once"
        ));
    }
    Ok(())
}

/// JSON in one line, with everything but ASCII escaped, so that no reader of the runner's files finds a line break in it.
fn line<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            line.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Name;

    fn derivation() -> Derivation {
        Derivation {
            blob: BlobId::of(b"x"),
            package: PackageName::parse("shop").unwrap(),
            release: "1.0".to_owned(),
            artifact: "shop-1.0-py3-none-any.whl".to_owned(),
            sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
            yanked: Some("böse\u{2028}\u{7f}\n😀".to_owned()),
            profile: "default".to_owned(),
            dna_version: 1,
        }
    }

    #[test]
    fn an_order_is_one_line_of_ascii_and_comes_back() {
        let order = Order::new("https://pypi.org/simple".to_owned(), 7, vec![derivation()]);
        let text = order.text();
        assert!(
            text.is_ascii() && !text.contains(|c: char| c.is_control()),
            "{text}"
        );
        assert_eq!(Order::parse(&text), Ok(order));
    }

    #[test]
    fn an_answer_is_for_one_file_one_artifact_and_one_version() {
        let wanted = derivation();
        let digest = Derived::Digest(Sha256::parse(&"b".repeat(64)).unwrap());
        let answers = Answers::new(vec![AnswerOf::new(&wanted, digest.clone())]);
        let answers = Answers::parse(&answers.text()).unwrap();
        assert_eq!(answers.of(&wanted), Some(&digest));
        let another = |change: fn(&mut Derivation)| {
            let mut wanted = derivation();
            change(&mut wanted);
            answers.of(&wanted)
        };
        assert_eq!(another(|wanted| wanted.blob = BlobId::of(b"y")), None);
        assert_eq!(
            another(|wanted| wanted.sha256 = Sha256::parse(&"c".repeat(64)).unwrap()),
            None
        );
        assert_eq!(another(|wanted| wanted.dna_version = 2), None);
        let twice = Answers::new([answers.files.clone(), answers.files.clone()].concat());
        assert_eq!(twice.of(&wanted), None, "who answers twice answers nothing");
    }

    #[test]
    fn what_is_not_exactly_an_answer_is_refused() {
        let answer = AnswerOf::new(&derivation(), Derived::Failed("no answer".to_owned()));
        let good = Answers::new(vec![answer.clone()]).text();
        assert!(Answers::parse(&good).is_ok());
        for (from, to) in [
            ("\"version\":1", "\"version\":2"),
            ("\"version\":1", "\"version\":1,\"x\":1"),
            ("\"failed\"", "\"pass\""),
            ("\"failed\"", "\"digest\""),
            ("no answer", "no\\nanswer"),
            ("\"blob\":\"", "\"blob\":\"0"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert!(bad != good && Answers::parse(&bad).is_err(), "{bad}");
        }
        let long = good.replace("no answer", &"x".repeat(SENTENCE + 1));
        assert!(Answers::parse(&long).is_err());
        assert!(Answers::parse(&" ".repeat(LONGEST + 1)).is_err());
        assert!(Answers::parse(&Answers::new(vec![answer; MOST + 1]).text()).is_err());
        let wild = AnswerOf::new(&derivation(), Derived::None("ä\n".repeat(SENTENCE)));
        assert!(Answers::parse(&Answers::new(vec![wild]).text()).is_ok());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_panics(text in r#"\{("(version|files|blob|derived|digest)": ?(1|\[|\{|\}|\]|"[a-f0-9]{0,40}"),?){0,8}\}"#) {
            let _ = (Order::parse(&text), Answers::parse(&text));
        }
    }
}
