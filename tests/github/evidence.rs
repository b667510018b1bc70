//! Gists, accounts and pull requests as evidence: what is known, what is absent, and what nobody could say.

use std::collections::BTreeSet;
use std::time::Duration;

use gistry::io::evidence::{Rooms, gather};
use gistry::io::github::GitHub;
use gistry::model::evidence::{Answer, Ask, Evidence, Fact, Gist, ModuleId, Unavailable};
use gistry::model::name::{GistId, Revision};
use gistry::model::progress::Silent;
use gistry_standin::{Edit, Fault};

use super::{JOB, PERSON, acme, github, github_as, name, registry};

pub async fn ask(github: &GitHub, asks: impl IntoIterator<Item = Ask>) -> Evidence {
    let nothing = |_: &Ask| -> Answer { panic!("the registry was asked what GitHub knows") };
    let acme = acme();
    let rooms = Rooms {
        github: Some(github),
        repository: Some(&acme),
        registry: &nothing,
        offline: Unavailable::Offline,
        packages: None,
    };
    gather(rooms, asks.into_iter().collect(), &Silent).await
}

pub fn gist_of(evidence: &Evidence, id: &str) -> Gist {
    evidence
        .gist(&name::<GistId>(id))
        .unwrap_or_else(|| panic!("{evidence:?}"))
        .clone()
}

pub fn why(evidence: &Evidence, ask: &Ask) -> String {
    match evidence.get(ask) {
        Answer::Unknown(Unavailable::Failed(why)) => why,
        other => panic!("{ask:?}: {other:?}"),
    }
}

pub fn gist(id: &str) -> Ask {
    Ask::Gist(name(id))
}

#[tokio::test]
async fn gists_are_described_as_they_are() {
    let (standin, _) = registry();
    let alice = standin.account("alice").id;
    let plain = standin
        .gist("alice")
        .file("b.mld", "äöü\n")
        .file("a.md", "")
        .create();
    let secret = standin.gist("alice").file("x", "y").secret().create();
    let ownerless = standin.gist("alice").file("x", "y").ownerless().create();
    let cut = standin
        .gist("alice")
        .truncated("big.mld", "0123456789")
        .file("raw", vec![0xff, 0xfe])
        .create();
    let mut many = standin.gist("alice");
    for at in 0..301 {
        many = many.file(format!("f{at}"), "x");
    }
    let many = many.create();
    let github = github(&standin);
    let ids = [&plain, &secret, &ownerless, &cut, &many];
    let evidence = ask(&github, ids.iter().map(|id| gist(id)).chain([gist("deadbeef")])).await;

    let found = gist_of(&evidence, &plain);
    let owner = found.owner.unwrap();
    assert_eq!(
        (owner.login, owner.id, owner.person, found.public),
        (name("alice"), alice, true, true)
    );
    assert_eq!(found.revision, Some(name(&standin.gist_revision(&plain))));
    let [a, b] = found.files.as_slice() else {
        panic!("{:?}", found.files)
    };
    assert_eq!(
        (a.name.as_str(), a.size, b.name.as_str(), b.size),
        ("a.md", 0, "b.mld", 7)
    );
    // printf 'äöü\n' | sha256sum
    let digest = "0c85dcbb13f73eabef6dcf5ee4e59c5a2a67682a0ee8af6185465c4c1221a881";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        (
            a.sha256.as_ref().unwrap().as_str(),
            b.sha256.as_ref().unwrap().as_str()
        ),
        (empty, digest)
    );
    assert!(!found.more_files);

    assert!(!gist_of(&evidence, &secret).public);
    assert_eq!(gist_of(&evidence, &ownerless).owner, None);
    // What was cut, or is no text, has no digest here: never one of something else.
    assert!(
        gist_of(&evidence, &cut)
            .files
            .iter()
            .all(|file| file.sha256.is_none())
    );
    let many = gist_of(&evidence, &many);
    assert!(many.more_files && many.files.len() == 300);
    assert!(evidence.absent(&gist("deadbeef")));
    assert_eq!(github.requests().rest, 6);
    assert!(
        standin
            .requests()
            .iter()
            .all(|request| request.token.as_deref() == Some(PERSON))
    );
}

#[tokio::test]
async fn revisions_are_asked_for_by_name() {
    let (standin, _) = registry();
    let id = standin.gist("alice").file("a.mld", "old").create();
    let old: Revision = name(&standin.gist_revision(&id));
    standin.edit_gist(&id).file("a.mld", "newer").save();
    let at = |revision: &Revision| Ask::GistAt(name(&id), revision.clone());
    let (none, odd): (Revision, Revision) = (name(&"0".repeat(40)), name(&"1".repeat(40)));
    standin.fault(
        "GET",
        &format!("/gists/{id}/{odd}"),
        Fault::Json(422, serde_json::json!({"message": "No commit found"})),
    );
    let evidence = ask(&github(&standin), [at(&old), at(&none), at(&odd), gist(&id)]).await;
    let Some(Fact::Gist(found)) = evidence.fact(&at(&old)) else {
        panic!("{evidence:?}")
    };
    assert_eq!((found.files[0].size, found.revision.as_ref()), (3, Some(&old)));
    assert!(evidence.absent(&at(&none)) && evidence.absent(&at(&odd)));
    assert_eq!(gist_of(&evidence, &id).files[0].size, 5);
    assert_ne!(gist_of(&evidence, &id).revision, Some(old));
}

#[tokio::test]
async fn an_installations_token_is_never_used_for_gists() {
    let (standin, _) = registry();
    let id = standin.gist("alice").file("a", "b").create();
    let token_for = |tokens: (&'static str, &'static str)| {
        let (standin, id) = (standin.clone(), id.clone());
        async move {
            standin.clear_requests();
            let evidence = ask(&github_as(&standin, tokens, Duration::ZERO), [gist(&id)]).await;
            assert!(evidence.gist(&name(&id)).is_some(), "{tokens:?}: {evidence:?}");
            standin.requests_to("GET", "/gists/*")[0].token.clone()
        }
    };
    assert_eq!(token_for((JOB, "")).await, None);
    assert_eq!(token_for((" ghs_job\n", " ")).await, None);
    assert_eq!(token_for(("", "")).await, None);
    assert_eq!(token_for((JOB, PERSON)).await.as_deref(), Some(PERSON));
    // A person's token serves for both.
    assert_eq!(token_for((PERSON, "")).await.as_deref(), Some(PERSON));
}

#[tokio::test]
async fn without_a_gist_token_a_used_up_limit_is_unknown_and_names_it() {
    let (standin, _) = registry();
    let ids: Vec<String> = (0..30)
        .map(|_| standin.gist("alice").file("a", "b").create())
        .collect();
    standin.limit("", 10, 3000);
    let github = github_as(&standin, (JOB, ""), Duration::from_secs(5));
    let evidence = ask(&github, ids.iter().map(|id| gist(id))).await;
    let unknown: Vec<String> = ids
        .iter()
        .filter(|id| evidence.gist(&name::<GistId>(id)).is_none())
        .map(|id| why(&evidence, &gist(id)))
        .collect();
    assert_eq!(unknown.len(), 20);
    assert!(
        unknown
            .iter()
            .all(|why| why.contains("gist-token") && why.contains("try again after 20")),
        "{unknown:?}"
    );
    // Ten answers, and what was under way when the first was refused: the others are not even sent.
    assert!(standin.requests().len() <= 14, "{}", standin.requests().len());
}

#[tokio::test]
async fn a_failure_is_unknown_and_never_absent() {
    let (standin, _) = registry();
    let id = standin.gist("alice").file("a", "b").create();
    let account = Ask::Account(name("alice"));
    for fault in [
        Fault::Status(500),
        Fault::BadGateway,
        Fault::HtmlPage,
        Fault::TruncatedJson,
        Fault::CutBody,
        Fault::Reset,
        Fault::Hang,
        Fault::RetryAfter(403, 900),
        Fault::SecondaryLimit(None),
        Fault::PrimaryLimit(900),
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(451),
        Fault::Json(200, serde_json::json!({"message": "Not Found"})),
    ] {
        standin.fault("*", "/**", fault.clone());
        let github = github_as(&standin, (JOB, PERSON), Duration::from_millis(300));
        let github = github.with_deadline(Duration::from_millis(300));
        let asks = [
            gist(&id),
            account.clone(),
            Ask::PullsWithHead(name(&"0".repeat(40))),
        ];
        let evidence = ask(&github, asks.clone()).await;
        for ask in &asks {
            let why = why(&evidence, ask);
            assert!(why.contains("GitHub") && !why.contains('\n'), "{fault:?}: {why}");
        }
        standin.clear_faults();
    }
}

#[tokio::test]
async fn what_github_sends_wrongly_is_unknown() {
    let (standin, _) = registry();
    let (alice, gone) = (Ask::Account(name("alice")), Ask::Account(name("gone")));
    standin.account("alice");
    for user in [
        serde_json::json!({"login": "alice", "id": 0, "type": "User"}),
        serde_json::json!({"login": "al ice", "id": 1, "type": "User"}),
        serde_json::json!({"login": "аlice", "id": 1, "type": "User"}),
        serde_json::json!({"login": "", "id": 1, "type": "User"}),
        serde_json::json!({"login": "alice", "id": -1, "type": "User"}),
        serde_json::json!({"login": "alice", "id": 1e30, "type": "User"}),
    ] {
        standin
            .fault("GET", "/users/alice", Fault::Json(200, user.clone()))
            .once();
        let evidence = ask(&github(&standin), [alice.clone(), gone.clone()]).await;
        assert!(why(&evidence, &alice).contains("cannot be read"), "{user}");
        assert!(evidence.absent(&gone));
    }
    let other = serde_json::json!({"id": "bb", "public": true, "owner": null, "files": {}});
    standin.fault("GET", "/gists/aa", Fault::Json(200, other)).once();
    let evidence = ask(&github(&standin), [gist("aa")]).await;
    assert!(why(&evidence, &gist("aa")).contains("another gist"));
}

#[tokio::test]
async fn accounts_are_found_by_login_and_by_number() {
    let (standin, _) = registry();
    let id = standin.account("alice").id;
    standin.rename_account("alice", "alice2");
    let taken = standin.take_over("alice").id;
    standin.account_with("acme-corp", |account| {
        account.kind = gistry_standin::AccountKind::Organization
    });
    let asks = [
        Ask::Account(name("alice")),
        Ask::AccountId(id),
        Ask::AccountId(4_000_000),
        Ask::Account(name("acme-corp")),
    ];
    let evidence = ask(&github(&standin), asks.clone()).await;
    assert_eq!(evidence.account(&asks[0]).unwrap().id, taken);
    assert_eq!(evidence.account(&asks[1]).unwrap().login, name("alice2"));
    assert!(evidence.absent(&asks[2]));
    assert!(!evidence.account(&asks[3]).unwrap().person);
}

#[tokio::test]
async fn open_pull_requests_are_found_by_author_and_by_head_with_one_list() {
    let (standin, repo) = registry();
    let first = repo.pull("alice").edits([Edit::write("a", "")]).open();
    let head = repo.head(first);
    let second = repo.pull("bob").head_sha(&head).open();
    let third = repo
        .pull("Alice")
        .branch("p2")
        .edits([Edit::write("b", "")])
        .open();
    let closed = repo.pull("alice").branch("p3").head_sha(&head).open();
    repo.close(closed);
    let github = github(&standin);
    let asks = [
        Ask::OpenPullsOf(name("ALICE")),
        Ask::PullsWithHead(name(&head)),
        Ask::OpenPullsOf(name("nobody")),
    ];
    let evidence = ask(&github, asks.clone()).await;
    assert_eq!(evidence.pulls(&asks[0]), [first, third]);
    assert_eq!(evidence.pulls(&asks[1]), [first, second]);
    assert_eq!(evidence.get(&asks[2]), Answer::Known(Fact::Pulls(vec![])));
    assert_eq!(github.requests().rest, 1);
    // Without a place on GitHub nobody can say.
    let rooms = Rooms {
        github: Some(&github),
        repository: None,
        registry: &|_| Answer::Absent,
        offline: Unavailable::Offline,
        packages: None,
    };
    let evidence = gather(rooms, BTreeSet::from(asks.clone()), &Silent).await;
    assert!(why(&evidence, &asks[1]).contains("--repo"));
}

#[tokio::test]
async fn the_tree_answers_for_itself_and_nobody_for_github_when_offline() {
    let module = ModuleId {
        publisher: name("alice"),
        name: name("m"),
    };
    let known = Answer::Known(Fact::Modules(vec![module]));
    let registry = |ask: &Ask| {
        if *ask == Ask::WellUsed {
            Answer::Absent
        } else {
            known.clone()
        }
    };
    for offline in [Unavailable::Offline, Unavailable::LocalOnly] {
        let rooms = Rooms {
            github: None,
            repository: None,
            registry: &registry,
            offline: offline.clone(),
            packages: None,
        };
        let asks = [
            Ask::ModulesOf(name("aa")),
            Ask::WellUsed,
            gist("aa"),
            Ask::OpenPullsOf(name("alice")),
        ];
        let evidence = gather(rooms, BTreeSet::from(asks.clone()), &Silent).await;
        assert_eq!(
            (evidence.get(&asks[0]), evidence.get(&asks[1])),
            (known.clone(), Answer::Absent)
        );
        assert_eq!(evidence.get(&asks[2]), Answer::Unknown(offline.clone()));
        assert_eq!(evidence.get(&asks[3]), Answer::Unknown(offline));
    }
}
