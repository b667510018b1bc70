"""What the stand-in for GitHub begins with: accounts, tokens, gists, and a registry for each scene. Never what a scene must end with."""

import datetime
import hashlib
import json
import os
import subprocess

REPO = "acme/registry"
NIGHTLY, PUSHED, GUARDED, OTHER = "acme/nightly", "acme/pushed", "acme/guarded", "acme/other"
PACKAGES, MERGING, DAY = "acme/packages", "acme/merging", "acme/day"
GOOD, BOBS, CAROLS = "a" * 32, "b" * 32, "c" * 32


def publisher(author, gist):
    module = {"gist": gist, "description": "JSON helpers", "tags": ["json"], "created": "2026-01-02T03:04:05Z"}
    registry = {"version": "1.0.0", "updated": "2026-01-02T03:04:05Z", "author": author, "modules": {"json-utils": module}}
    return json.dumps(registry, indent=2) + "\n"


def owner(login, number):
    binding = {"version": "1.0.0", "login": login, "id": number, "since": "2026-01-01T00:00:00Z", "pull": 1}
    return json.dumps(binding, indent=2) + "\n"


def unbound(name):
    """A registry where carol's merged pull request brought her folder, and nobody bound it."""
    return {"name": name, "files": {"README.md": "# Modules\n", "bob/registry.json": publisher("bob", BOBS), "owners/bob.json": owner("bob", 1002)},
            "pulls": [{"author": "carol", "title": "Add @carol/json-utils", "merged": True,
                       "edits": [{"write": "carol/registry.json", "content": publisher("carol", CAROLS)}]}]}


def merging(name):
    """A registry that merges what passes: a new publisher's pull request, who need not wait, and a stranger's."""
    registry = unbound(name)
    registry["files"]["registry.toml"] = "[automerge]\nenabled = true\nwait_new = 0\n"
    registry["pulls"] += [
        {"author": "alice", "title": "Add @alice/json-utils", "edits": [{"write": "alice/registry.json", "content": publisher("alice", GOOD)}]},
        {"author": "mallory", "title": "Take @bob/json-utils", "edits": [{"write": "bob/registry.json", "content": publisher("bob", GOOD)}]}]
    return registry


SEED = {
    "accounts": [{"login": login, "id": 1001 + at} for at, login in enumerate(["alice", "bob", "mallory", "maud", "carol"])],
    "tokens": [
        {"token": "ghs_job", "permissions": {"contents": "read", "pull_requests": "write", "checks": "write"}},
        {"token": "ghs_writer", "permissions": {"contents": "write", "issues": "write", "pull_requests": "write", "checks": "write"}},
        {"token": "ghs_push", "permissions": {"contents": "write"}},
        {"token": "github_pat_gists", "user": "acme-bot", "permissions": {}},
    ],
    "gists": [
        {"owner": "alice", "id": GOOD, "files": {"json-utils.mld": "/exe @parse = …\n"}},
        {"owner": "bob", "id": BOBS, "files": {"json-utils.mld": "/exe @parse = …\n"}},
        {"owner": "carol", "id": CAROLS, "files": {"json-utils.mld": "/exe @parse = …\n"}},
    ],
    "repositories": [{
        "name": REPO,
        "files": {
            "README.md": "# Modules\n",
            "bob/registry.json": publisher("bob", BOBS),
            "owners/alice.json": owner("alice", 1001),
            "owners/bob.json": owner("bob", 1002),
        },
        "pulls": [
            {"author": "alice", "title": "Add @alice/json-utils",
             "edits": [{"write": "alice/registry.json", "content": publisher("alice", GOOD)}]},
            {"author": "mallory", "title": "Take @bob/json-utils",
             "edits": [{"write": "bob/registry.json", "content": publisher("bob", GOOD)}]},
        ],
    }, *map(unbound, [NIGHTLY, PUSHED]),
       *({**unbound(name), "protected": {"main": ["ghs_push"]}} for name in [GUARDED, OTHER]), merging(MERGING)],
}


def made(gistry, folder, index, package, version):
    """The DNA of a release, as gistry makes it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GISTRY_", "PIP_"))}
    registry = os.path.join(folder, "made", package)
    os.makedirs(registry)
    words = [gistry, "parse", package, version, "--registry", registry, "--index-url", index.url, "--no-cache", "--quiet"]
    subprocess.run(words, check=True, env=env, stdout=subprocess.DEVNULL)
    with open(os.path.join(registry, release(package, version)), "rb") as file:
        return file.read()


def release(package, version):
    return f"{package}/{package}-{version}.msgpack"


def brings(author, title, path, content):
    """A pull request with one file, whose content is a text or bytes."""
    content = {"hex": content.hex()} if isinstance(content, bytes) else {"content": content}
    return {"author": author, "title": title, "edits": [{"write": path, **content}]}


def seed(gistry, folder, index):
    """SEED with registries that ask this package index, and with pull requests that bring DNA: as it is, and with another docstring."""
    dna = made(gistry, folder, index, "shop", "1.0")
    assert b"Buys." in dna
    path, settings = release("shop", "1.0"), f'[packages]\nindex = "{index.url}"\n'
    both = [brings("carol", "shop 1.0", path, dna), brings("mallory", "shop 1.0, improved", path, dna.replace(b"Buys.", b"Sell!"))]
    for repository in SEED["repositories"]:
        if repository["name"] == REPO:
            repository["files"]["registry.toml"] = settings
            repository["pulls"] += both
    listed = {"registry.toml": settings + 'list = ["good", "other", "third"]\n'}
    whole_day = {"name": DAY, "files": {
        "README.md": "# Modules\n", "bob/registry.json": publisher("bob", BOBS), "owners/bob.json": owner("bob", 1002),
        "registry.toml": "[automerge]\nenabled = true\nwait_new = 0\n\n" + settings,
    }, "pulls": [
        brings("alice", "Add @alice/json-utils", "alice/registry.json", publisher("alice", GOOD)),
        brings("bob", "What I used last week", *batch(1002)),
        *both,
    ]}
    return {**SEED, "repositories": [*SEED["repositories"], {"name": PACKAGES, "files": listed}, whole_day]}


def last_week():
    """The last completed week of ISO 8601, in UTC."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=7)
    year, week, _ = then.isocalendar()
    return f"{year}", f"W{week:02}"


# What was used: module, event, ci, count.
USED = [("@bob/json-utils", "install", False, 12), ("@bob/json-utils", "install", True, 30), ("shop", "export-miss", False, 3)]


def batch(account):
    """The path and the text of what an account shares of last week."""
    week = "-".join(last_week())
    name = hashlib.sha256(f"gistry stats batch\n{account}\n{week}\n".encode()).hexdigest()[:32]
    rows = [dict(zip(("module", "event", "ci", "count"), row)) for row in USED]
    text = json.dumps({"version": "1.0.0", "batch": name, "week": week, "client": "gistry/0.1.0", "counts": rows}, indent=2)
    return f"stats/inbox/{week}/{name}.json", text + "\n"
