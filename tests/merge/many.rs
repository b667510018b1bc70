//! Thirty pull requests, and two runs at once.

use crate::Scene;

#[test]
fn two_runs_at_once_over_thirty_pull_requests_merge_each_of_them_once() {
    let scene = Scene::with("wait_new = 0\nmax_per_run = 100\n");
    let pulls: Vec<u64> = (0..30).map(|at| scene.newcomer(&format!("new{at:02}"))).collect();
    scene.stage.gh.allow_writes();
    let command = || scene.command(&["--all", "--requests", "5000"]);
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| scene.run(command()));
        (scene.run(command()), other.join().unwrap())
    });
    for told in [&one, &other] {
        assert!([0, 3].contains(&told.code()), "{}", told.run.all());
    }
    // What the two were in each other's way with the next run does.
    let last = scene.run(command());
    assert_eq!(
        last.code(),
        0,
        "{}\n{}\n{}",
        one.run.all(),
        other.run.all(),
        last.run.all()
    );
    for (at, number) in pulls.iter().enumerate() {
        assert!(scene.merged_once(*number), "#{number}: {:#?}", scene.log());
        let login = format!("new{at:02}");
        let id = scene.stage.gh.account(&login).id;
        let binding = scene.read(&format!("owners/{login}.json")).unwrap();
        assert!(binding.contains(&format!("\"id\": {id}")), "{binding}");
    }
    assert!(scene.issues().is_empty(), "nothing is proposed to be reverted");
    let index = scene.read("INDEX.json").unwrap();
    assert!(index.contains("\"total_publishers\": 32"), "{index}");
    let tip = scene.repo.tip("main");
    scene.all().expect(0, &[]);
    assert_eq!(scene.repo.tip("main"), tip, "a last run changes nothing");
}
