//! Sources that want to do harm: too deep, too long, not Python. Each is a counted failure, and the file beside it is still read.

use gistry::dna::Options;

use crate::dna;

/// The problem of a file of this text; the file beside it must have been read.
fn problem(text: &str) -> Option<String> {
    let files = [
        ("p/bad.py".to_owned(), text.as_bytes().to_vec()),
        ("p/good.py".to_owned(), b"def f(): ...\n".to_vec()),
    ];
    // The stacks are those that the caller is asked to give.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .stack_size(64 << 20)
        .build()
        .unwrap();
    let read = gistry::dna::read(&pool.install(|| dna(&files, Options::default()))).unwrap();
    assert_eq!(read.body.modules[1].members[0].name, "f");
    let problem = read.body.modules[0]
        .problems
        .first()
        .map(|problem| problem.message.clone());
    assert_eq!(read.head.counts.failed, u64::from(problem.is_some()));
    problem
}

#[test]
fn whatever_goes_too_deep_is_a_counted_failure() {
    let deep = |open: &str, middle: &str, close: &str, times: usize| {
        problem(&format!(
            "x = {}{middle}{}\n",
            open.repeat(times),
            close.repeat(times)
        ))
    };
    let brackets = "brackets in brackets";
    let parts = "an expression of more than";
    for times in [300, 20_000, 200_000] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("f(", ")"),
            ("lambda x=(", "):1"),
        ] {
            let got = deep(open, "1", close, times).unwrap();
            assert!(got.contains(brackets), "{open} {times}: {got}");
        }
    }
    for times in [20_000, 200_000] {
        for open in [
            "a+",
            "not ",
            "-",
            "a**",
            "lambda:",
            "1 if 1 else ",
            "a.",
            "await ",
            "a<",
            "a and ",
        ] {
            let got = deep(open, "a", "", times).unwrap();
            assert!(
                got.contains(parts) || got.contains("Await"),
                "{open} {times}: {got}"
            );
        }
    }
    assert!(deep("a+", "a", "", 1_000_000).unwrap().contains(parts));
    assert!(
        deep(
            "",
            &format!("f'{{{}1{}}}'", "(".repeat(50_000), ")".repeat(50_000)),
            "",
            1
        )
        .is_some()
    );
    let blocks: String = (0..500)
        .map(|depth| format!("{}if 1:\n", " ".repeat(depth)))
        .collect();
    assert!(
        problem(&format!("{blocks}{}pass\n", " ".repeat(500)))
            .unwrap()
            .contains("blocks in blocks")
    );
}

#[test]
fn what_real_generated_files_do_is_fine() {
    assert_eq!(problem(&format!("x = [{}]\n", "1, ".repeat(300_000))), None);
    assert_eq!(problem(&format!("x = ({})\n", "'text'\n".repeat(100_000))), None);
    assert_eq!(problem(&format!("x = {}a\n", "a+".repeat(4_000))), None);
    assert_eq!(
        problem(&format!("x = {}1{}\n", "(".repeat(150), ")".repeat(150))),
        None
    );
    assert_eq!(problem(&"def f(): ...\n".repeat(50_000)), None);
}

#[test]
fn a_bound_is_where_it_is_said_to_be() {
    let brackets = |depth: usize| format!("x = {}1{}\n", "[".repeat(depth), "]".repeat(depth));
    let blocks = |depth: usize| {
        let line = |at: usize| format!("{}if 1:\n", " ".repeat(at));
        (0..depth).map(line).collect::<String>() + &" ".repeat(depth) + "pass\n"
    };
    // `x`, `=`, one `a` more than there are `+`.
    let parts = |count: usize| format!("x = {}a\n", "a+".repeat((count - 3) / 2));
    for before in ["", "y = [(1, 2), {3}]\n", "if 1:\n    y = (\n  1)\n"] {
        for (most, text) in [
            (200, &brackets as &dyn Fn(usize) -> String),
            (100, &blocks),
            (9_999, &parts),
        ] {
            assert_eq!(
                problem(&format!("{before}{}", text(most))),
                None,
                "{before}{most}"
            );
            let more = problem(&format!("{before}{}", text(most + 2)));
            assert!(more.is_some(), "{before}{most}");
        }
    }
}

#[test]
fn a_huge_file_is_a_counted_failure() {
    let got = problem(&"# a comment\n".repeat(1_500_000)).unwrap();
    assert!(got.contains("larger than"), "{got}");
}

#[test]
fn a_package_without_python_is_empty() {
    let read = gistry::dna::read(&dna(
        &[("a/README.txt".to_owned(), Vec::new())],
        Options::default(),
    ))
    .unwrap();
    assert_eq!(read.body.modules, []);
    assert_eq!(dna(&[], Options::default()).first(), Some(&0x8b));
}

#[test]
fn bytes_that_are_no_dna_are_refused_with_a_sentence() {
    let good = dna(
        &[("a.py".to_owned(), b"def f(x: int = 1): ...\n".to_vec())],
        Options::default(),
    );
    for end in 0..good.len() {
        assert!(gistry::dna::read(&good[..end]).is_err(), "{end}");
    }
    for deep in [
        vec![0x91; 1_000_000],
        vec![0x81; 1_000_000],
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0xc1],
    ] {
        assert!(gistry::dna::read(&deep).is_err());
    }
}
