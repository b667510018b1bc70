"""A registry's whole day: a new publisher, shared statistics, contributed DNA and one that was altered are judged, what is good is merged,
then come the statistics' night and the registry's. Says what the registry, and each pull request, must be in the end; and that the next
night changes nothing. Never waits for a clock."""

import hashlib
import json

from acts.bench import must, wrong
from acts.packages import UPLOADED
from acts.scenes import judge
from acts.seed import BOBS, DAY, GOOD, USED, batch, last_week, publisher, release

PUBLISHER, BATCH, DNA, ALTERED = 1, 2, 3, 4


def day(bench):
    before = len(wrong)
    bench.writes()
    heads = {number: head(bench, number) for number in (PUBLISHER, BATCH, DNA, ALTERED)}
    judge(bench, "day-publisher", PUBLISHER, "pass", "success", repo=DAY)
    # After the run that judged it: that one alone, for no other has passed yet.
    ran = {"workflow_run": {"head_sha": heads[PUBLISHER], "conclusion": "success", "pull_requests": []}}
    log = writer(bench, "day-merge-one", "merge.yml", "workflow_run", ran, merges=[PUBLISHER])
    judge(bench, "day-batch", BATCH, "pass", "success", repo=DAY)
    judge(bench, "day-dna", DNA, "pass", "success", derives=True, repo=DAY)
    judge(bench, "day-altered", ALTERED, "fail", "failure", derives=True, repo=DAY)
    log += writer(bench, "day-merge-rest", "merge.yml", "schedule", {"schedule": "29 * * * *"}, merges=[BATCH, DNA], derives=True)
    log += writer(bench, "day-stats", "stats.yml", "schedule", {"schedule": "17 1 * * *"})
    log += writer(bench, "day-night", "nightly.yml", "schedule", {"schedule": "43 2 * * *"}, moves=False)
    # The one that stays open is judged on what the night has made; a check is about a head and a base.
    log += writer(bench, "day-merge-late", "merge.yml", "schedule", {"schedule": "29 * * * *"}, moves=False, writes=["check-runs"])
    registry(bench)
    history(bench)
    for number, merged in [(PUBLISHER, True), (BATCH, True), (DNA, True), (ALTERED, False)]:
        pull(bench, number, heads[number], merged)
    if len(wrong) > before:
        print(log)
    # Another night, and nothing to do.
    for workflow in ("stats.yml", "nightly.yml", "merge.yml"):
        writer(bench, f"day-again-{workflow}", workflow, "schedule", {"schedule": "0 0 * * *"}, moves=False)
    issues = [issue["number"] for issue in bench.get(f"/repos/{DAY}/issues?state=all") if "pull_request" not in issue]
    must(issues == [], f"day: issues were opened: {issues}")


def head(bench, number):
    return bench.get(f"/_standin/event/{DAY}/{number}?action=opened")["pull_request"]["head"]["sha"]


def writer(bench, name, workflow, event, payload, merges=(), derives=False, moves=True, writes=()):
    """A workflow that may write: what it merges, whether it makes DNA again, and whether the default branch is another one afterwards; if not,
    what it writes to GitHub."""
    before, _ = bench.tip(DAY)
    bench.writes()
    bench.index.downloads.clear()
    payload = {**payload, "repository": {"default_branch": "main"}}
    code, _, output = bench.run(name, event, payload, bench.addresses, workflow, DAY, "ghs_writer")
    wrongs, found = len(wrong), bench.writes()
    must(code == 0, f"{name}: act exited with {code}")
    must((bench.tip(DAY)[0] != before) == moves, f"{name}: the default branch moved, or did not")
    asked = [path for method, path, *_ in found if method == "PUT"]
    must(asked == [f"/repos/{DAY}/pulls/{number}/merge" for number in merges], f"{name}: merged {asked}")
    must(moves or [path.rsplit("/", 1)[1] for _, path, *_ in found] == list(writes), f"{name}: it wrote {found}")
    must(all(status < 300 for *_, status in found), f"{name}: a write was refused: {found}")
    must(("Make DNA again" in output) == derives, f"{name}: the job without rights ran, or did not run")
    must(len(bench.index.downloads) == int(derives), f"{name}: downloaded were {bench.index.downloads}")
    must(not any(secret in output for secret in ("ghs_writer", "github_pat_gists")), f"{name}: a token is in the log")
    if len(wrong) > wrongs:
        print(output, json.dumps(found, indent=1), sep="\n")
    return output


def registry(bench):
    """The default branch, file by file."""
    _, paths = bench.tip(DAY)
    read = lambda path: bench.git("show", f"refs/seen:{path}") if path in paths else b""

    def same(path, wanted, of=lambda content: content):
        found = read(path)
        try:
            must(of(found) == wanted, f"day: {path} is {found[:2000]}, not {wanted}")
        except ValueError:
            must(False, f"day: {path} is {found[:2000]}")

    lines = lambda content: [json.loads(line) for line in content.splitlines()]
    dna, latest = release("shop", "1.0"), "shop/shop-latest.msgpack"
    year, week = last_week()
    shared, text = batch(1002)
    text = text.encode()
    size = len(read(dna))
    must(size > 100 and b"Buys." in read(dna), f"day: {dna} has {size} bytes")
    same(latest, b"shop-1.0.msgpack")
    must(bench.git("ls-tree", "refs/seen", latest).startswith(b"120000 "), f"day: {latest} is no symbolic link")
    same("alice/registry.json", publisher("alice", GOOD).encode())
    same("INDEX.json", {
        "version": 1,
        "packages": {"shop": {"latest": "1.0", "versions": ["1.0"], "size": size, "functions": 1, "last_updated": UPLOADED}},
        "stats": {"total_packages": 1, "total_size_mb": round(size / 1e6, 2), "total_functions": 1, "total_modules": 2, "total_publishers": 2,
                  "total_advisories": 0, "total_installs": 42},
    }, json.loads)
    rows = [{"module": module, "event": event, "ci": ci, "count": count, "contributors": 1} for module, event, ci, count in USED]
    same(f"stats/{year}/{week}.jsonl", rows, lines)
    counted = {"batch": shared[-37:-5], "sha256": hashlib.sha256(text).hexdigest(), "account": 1002,
               "blob": hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()}
    same(f"stats/ledger/{year}/{week}.jsonl", [counted], lines)
    same("index/used.json", [["@bob/json-utils", 42]], lambda content: json.loads(content)["modules"])
    same("owners/alice.json", ("alice", 1001, PUBLISHER), lambda content: tuple(json.loads(content).get(key) for key in ("login", "id", "pull")))
    same("index/publisher/al/ic/alice.json", ["json-utils"], lambda content: list(json.loads(content)["modules"]))
    same("index/package/sh/op/shop.json", {"1.0": hashlib.sha256(read(dna)).hexdigest()},
         lambda content: {version: one["sha256"] for version, one in json.loads(content)["releases"].items()})
    for gist, module in [(GOOD, "@alice/json-utils"), (BOBS, "@bob/json-utils")]:
        same(f"index/gist/{gist[:2]}.json", [module], lambda content: [one["module"] for one in json.loads(content)["gists"][gist]])
    same("index/search.jsonl", ["@alice/json-utils", "@bob/json-utils", "shop"], lambda content: [one["name"] for one in lines(content)])
    inbox = [path for path in paths if path.startswith(("stats/inbox/", "stats/quarantine/"))]
    must(inbox == [], f"day: left in the inbox, or set aside: {inbox}")
    must("availability.jsonl" not in paths, "day: a module was marked as gone")


def history(bench):
    """Three squashes, each with its pull request's number and head, and the bot's commits."""
    found = bench.git("log", "--first-parent", "--format=%an%x09%s", "refs/seen").decode().splitlines()
    merged = [line for line in found if line.endswith(")")]
    must([line[-5:] for line in merged] == [" (#3)", " (#2)", " (#1)"], f"day: merged were {found}")
    bots = [line for line in found if line.startswith("gistry[bot]\t")]
    must(len(bots) + len(merged) + 1 == len(found), f"day: somebody else committed: {found}")


def pull(bench, number, sha, merged):
    """One pull request, as its author sees it: one comment, one label, and the check on its head."""
    found = bench.get(f"/repos/{DAY}/pulls/{number}")
    must((found["merged"], found["state"]) == (merged, "closed" if merged else "open"), f"day: #{number} is {found['state']}")
    word, conclusion = ("pass", "success") if merged else ("fail", "failure")
    must([label["name"] for label in found["labels"]] == [f"gistry: {word}"], f"day: #{number} is labelled {found['labels']}")
    comments = [comment["body"] for comment in bench.get(f"/repos/{DAY}/issues/{number}/comments")]
    must(len(comments) == 1 and f"({word})" in comments[0] and sha in comments[0], f"day: #{number} was told {comments}")
    # What was altered cannot even be merged any more, and is told why.
    must(merged or "merge-conflict" in comments[0], f"day: #{number} was told {comments}")
    runs = bench.get(f"/repos/{DAY}/commits/{sha}/check-runs")["check_runs"]
    must(runs and runs[-1]["conclusion"] == conclusion, f"day: #{number} has the check runs {runs}")
