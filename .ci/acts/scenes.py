"""One workflow at a time: what each must do for an event, what it must leave alone, and that a second run changes nothing."""

import json

from acts.bench import must, wrong
from acts.seed import GUARDED, MERGING, NIGHTLY, OTHER, PACKAGES, PUSHED, REPO


def conclusions(writes):
    found = [body.get("conclusion") for method, path, body, _ in writes if "/check-runs" in path]
    return [conclusion for conclusion in found if conclusion]


def judge(bench, name, number, verdict, conclusion, derives=False, repo=REPO):
    event = bench.get(f"/_standin/event/{repo}/{number}?action=opened")
    head = event["pull_request"]["head"]["sha"]
    bench.index.downloads.clear()
    code, outputs, output = bench.run(name, "pull_request_target", event, bench.addresses, repo=repo)
    writes = bench.writes()
    before = len(wrong)
    must((code == 0) == (verdict == "pass"), f"{name}: act exited with {code}")
    must(outputs.get("verdict") == verdict, f"{name}: the output verdict is {outputs.get('verdict')!r}")
    must((outputs.get("errors") == "0") == (verdict == "pass"), f"{name}: the output errors is {outputs.get('errors')!r}")
    report = outputs.get("report", "")
    must(report.endswith(".json"), f"{name}: the output report is {report!r}")
    must(conclusions(writes) == [conclusion], f"{name}: the check run's conclusions are {conclusions(writes)}")
    runs = [body for method, path, body, _ in writes if method == "POST" and path.endswith("/check-runs")]
    must([body.get("head_sha") for body in runs] == [head], f"{name}: the check run is not on {head}")
    comments = [body["body"] for method, path, body, _ in writes if method == "POST" and path.endswith(f"/issues/{number}/comments")]
    must(len(comments) == 1 and head[:7] in comments[0], f"{name}: one comment naming {head[:7]}: {comments}")
    labels = [path for method, path, _, _ in writes if path.startswith(f"/repos/{repo}/issues/{number}/labels")]
    must(len(labels) >= 1, f"{name}: no label was set")
    must(all(status < 300 for *_, status in writes), f"{name}: a write was refused")
    must(len(bench.index.downloads) == int(derives), f"{name}: downloaded were {bench.index.downloads}")
    must(("Make DNA again" in output) == derives, f"{name}: the job without rights ran, or did not run")
    if len(wrong) > before:
        print(output, json.dumps(writes, indent=1), sep="\n")
    # Once more: what GitHub has is what is wanted, so nothing is written.
    code_again, _, output = bench.run(f"{name}-again", "pull_request_target", event, bench.addresses, repo=repo)
    again = bench.writes()
    must(code_again == code and again == [], f"{name}: judged twice it wrote {again} and act exited with {code_again}")


def comment(bench, name, who, association, body, runs):
    """A comment starts a job only when it speaks to gistry and somebody speaks who may."""
    author, speaker = {"login": "alice", "id": 1001}, {"login": who, "id": {"alice": 1001, "mallory": 1003, "maud": 1004}[who]}
    event = {"action": "created", "repository": {"full_name": REPO, "default_branch": "main"},
             "issue": {"number": 1, "state": "open", "user": author, "pull_request": {"url": "x"}},
             "comment": {"id": 5, "body": body, "user": speaker, "author_association": association}}
    code, outputs, output = bench.run(name, "issue_comment", event, {"binary": "/bin/true"})
    ran = "Run gistry" in output
    must(code == 0 and ran == runs, f"{name}: the job ran: {ran}, act exited with {code}\n{output if ran != runs else ''}")


def keep(bench, name, workflow, event, payload, repo, secrets=(), inputs=None, paths=(), lands=True, says=""):
    """A workflow that writes: what it must leave on the default branch, and that a second run leaves nothing more."""
    inputs = {**bench.addresses, **(inputs or {})}
    before, _ = bench.tip(repo)
    code, _, output = bench.run(name, event, payload, inputs, workflow, repo, "ghs_writer", secrets)
    after, found = bench.tip(repo)
    wrongs = len(wrong)
    must((code == 0) == lands, f"{name}: act exited with {code}")
    must((before != after) == lands, f"{name}: the default branch moved: {before != after}")
    must(not lands or found.issuperset(paths), f"{name}: the default branch has {sorted(found)}")
    must(says in output, f"{name}: {says!r} is not in the log")
    must(not any(secret in output for secret in ("ghs_writer", "ghs_push", "github_pat_gists")), f"{name}: a token is in the log")
    if lands:
        again, _, more = bench.run(f"{name}-again", event, payload, inputs, workflow, repo, "ghs_writer", secrets)
        must(again == 0 and bench.tip(repo)[0] == after, f"{name}: a second run committed, or failed with {again}")
        output += more
    if len(wrong) > wrongs:
        print(output)


def nights(bench):
    made = ["owners/carol.json", "INDEX.json", "index/publisher/ca/ro/carol.json"]
    push = {"ref": "refs/heads/main", "repository": {"default_branch": "main"}}
    keep(bench, "pushed", "index.yml", "push", push, PUSHED, paths=made)
    night = {"schedule": "43 2 * * *"}
    keep(bench, "nightly", "nightly.yml", "schedule", night, NIGHTLY, paths=made)
    keep(bench, "guarded", "nightly.yml", "schedule", night, GUARDED, lands=False, says="push-token")
    app = {"inputs": {"push-app": "Iv1.app"}, "secrets": ["GISTRY_APP_KEY=key"]}
    keep(bench, "guarded-app", "nightly.yml", "schedule", night, GUARDED, paths=made, **app)
    keep(bench, "guarded-token", "index.yml", "push", push, OTHER, ["GISTRY_PUSH_TOKEN=ghs_push"], paths=made)


def parsed(bench):
    """What is listed is parsed by several jobs and lands; and by hand a package that is not there stops no other one."""
    night = {"schedule": "13 4 * * *"}
    made = [f"{name}/{name}-{version}.msgpack" for name, version in [("good", "1.0"), ("other", "2.0"), ("third", "1.0")]]
    keep(bench, "parsed", "parse.yml", "schedule", night, PACKAGES, inputs={"shards": "2"}, paths=[*made, "INDEX.json", "good/good-latest.msgpack"])
    bench.index.files.update([bench.index.wheel("late", "3.0", "y = 2\n"), bench.index.wheel("late", "3.1", "y = 3\n")])
    payload = {"inputs": {"packages": "nowhere late", "versions": "3.0"}}
    code, _, output = bench.run("by-hand", "workflow_dispatch", payload, bench.addresses, "parse.yml", PACKAGES, "ghs_writer")
    _, found = bench.tip(PACKAGES)
    landed = "late/late-3.0.msgpack" in found and "late/late-3.1.msgpack" not in found
    named = "nowhere: the package index does not know it" in output
    must(code != 0 and landed and named, f"by-hand: act exited with {code}, landed: {landed}, named: {named}\n{output}")


def merges(bench):
    """After a run that judged: its pull request is found by the head, merged, and owners and index follow."""
    head = bench.get(f"/_standin/event/{MERGING}/2?action=opened")["pull_request"]["head"]["sha"]
    run = {"workflow_run": {"head_sha": head, "conclusion": "success", "pull_requests": []}, "repository": {"default_branch": "main"}}
    made = ["alice/registry.json", "owners/alice.json", "owners/carol.json", "INDEX.json", "index/publisher/al/ic/alice.json"]
    bench.writes()
    keep(bench, "merging", "merge.yml", "workflow_run", run, MERGING, paths=made)
    asked = [path for method, path, *_ in bench.writes() if method == "PUT"]
    must(asked == [f"/repos/{MERGING}/pulls/2/merge"], f"merging: merged {asked}")
    bad = {**run, "workflow_run": {**run["workflow_run"], "conclusion": "failure"}}
    code, _, output = bench.run("merging-bad", "workflow_run", bad, {"binary": "/bin/false"}, "merge.yml", MERGING, "ghs_writer")
    must(code == 0 and "Run gistry" not in output, f"merging-bad: a job ran after a verdict that was not good: {code}\n{output}")
