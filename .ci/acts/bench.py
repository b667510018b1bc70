"""Runs a workflow for an event: act plays GitHub Actions, the stand-in plays GitHub, gistry is the built binary. Never says what must come of it."""

import json
import os
import re
import shutil
import subprocess
import urllib.request

from acts.actions import APP_TOKEN, CHECKOUT, DOWNLOAD, UPLOAD
from acts.packages import PackageIndex
from acts.seed import REPO, seed

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

wrong = []


def must(condition, what):
    if not condition:
        wrong.append(what)


class Bench:
    def __init__(self, act, gistry, standin, folder):
        self.act, self.gistry, self.folder = act, gistry, folder
        packages = [("good", "1.0", "def f(x): return x\n"), ("other", "2.0", "class A: pass\n"), ("third", "1.0", "x = 1\n"),
                    ("shop", "1.0", 'def buy(n=1):\n    """Buys."""\n')]
        self.index = PackageIndex(packages)
        path = os.path.join(folder, "seed.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(seed(gistry, folder, self.index), file)
        self.artifacts = os.path.join(folder, "artifacts")
        self.standin = subprocess.Popen([standin, "--seed", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.standin.stdout.readline().strip()
        self.product = self.copy_product()
        self.stands_in = {"actions/create-github-app-token": self.action("app", APP_TOKEN),
                          "actions/checkout": self.action("checkout", CHECKOUT.replace("SERVER", self.url)),
                          "actions/upload-artifact": self.action("upload", UPLOAD.replace("FOLDER", self.artifacts)),
                          "actions/download-artifact": self.action("download", DOWNLOAD.replace("FOLDER", self.artifacts))}
        self.addresses = {"binary": gistry, "api-url": self.url, "graphql-url": self.url + "/graphql", "server-url": self.url}
        self.seen = 0

    def action(self, name, text):
        """Somebody else's action, which act would have to download."""
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        with open(os.path.join(folder, "action.yml"), "w", encoding="utf-8") as file:
            file.write(text)
        return folder

    def copy_product(self):
        """What `uses: gistry/gistry@…` brings, without the build's output."""
        product = os.path.join(self.folder, "product")
        for name in ["action.yml", "scripts", ".github"]:
            source, target = os.path.join(ROOT, name), os.path.join(product, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copytree(source, target) if os.path.isdir(source) else shutil.copy(source, target)
        return product

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"authorization": "Bearer ghs_job"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def writes(self):
        """What changed the stand-in since this was called last."""
        log = self.get("/_standin/log")
        new, self.seen = log[self.seen:], len(log)
        body = lambda entry: json.loads(entry["body"]) if isinstance(entry.get("body"), str) else entry.get("body")
        asked = [entry for entry in new if entry["method"] in ("POST", "PATCH", "PUT", "DELETE")]
        return [(entry["method"], entry["path"], body(entry), entry["status"]) for entry in asked
                if not entry["path"].endswith(("/git-upload-pack", "/git-receive-pack", "/graphql"))]

    def registry(self, name, workflow, repo, inputs):
        """The registry's default branch, with a workflow from the docs; only the addresses are those of this test."""
        folder = os.path.join(self.folder, name)
        os.makedirs(os.path.join(folder, ".github/workflows"))
        with open(os.path.join(ROOT, "tests/workflows", workflow), encoding="utf-8") as file:
            text = file.read()
        lines = "".join(f"      {key}: {json.dumps(value)}\n" for key, value in inputs.items())
        has_inputs = re.search(r"(?m)^    with:\n", text)
        place = r"(?m)^(    with:\n)" if has_inputs else r"(?m)^(    uses: gistry/gistry/\S+@\S+.*\n)"
        text, count = re.subn(place, lambda m: f"{m[1]}{'' if has_inputs else '    with:' + chr(10)}{lines}", text)
        assert count == 1, f"{workflow} calls one workflow once"
        # The secret that the docs name for a registry with an App of its own.
        if "push-app" in inputs:
            text += "      push-app-key: ${{ secrets.GISTRY_APP_KEY }}\n"
        with open(os.path.join(folder, ".github/workflows/gistry.yml"), "w", encoding="utf-8") as file:
            file.write(text)
        git = ["git", "-C", folder, "-c", "user.name=acme", "-c", "user.email=acme@example.org"]
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "The registry"],
                      ["remote", "add", "origin", f"{self.url}/{repo}.git"]):
            subprocess.run(git + words, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
        return folder

    def run(self, name, event, payload, inputs, workflow="registry.yml", repo=REPO, token="ghs_job", secrets=()):
        shutil.rmtree(self.artifacts, ignore_errors=True)
        registry = self.registry(name, workflow, repo, inputs)
        path = os.path.join(self.folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(payload, file)
        texts = "".join(read(path) for folder in ("tests/workflows", ".github/workflows") for path in sorted(list_of(folder)))
        refs = set(re.findall(r"gistry/gistry(?:/[^@\s]*)?@(\S+)", texts))
        local = [word for ref in sorted(refs) for word in ("--local-repository", f"gistry/gistry@{ref}={self.product}")]
        for action, folder in self.stands_in.items():
            for ref in sorted(set(re.findall(re.escape(action) + r"@(\S+)", texts))):
                local += ["--local-repository", f"{action}@{ref}={folder}"]
        home = os.path.join(self.folder, "home")
        os.makedirs(home, exist_ok=True)
        env = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GISTRY_", "ACTIONS_"))}
        words = [self.act, event, "-e", path, "--defaultbranch", "main", "-P", "ubuntu-latest=-self-hosted", *local, "--action-offline-mode",
                 "-s", f"GITHUB_TOKEN={token}", "-s", "GISTRY_GIST_TOKEN=github_pat_gists", "--env", f"GITHUB_REPOSITORY={repo}"]
        words += [word for secret in secrets for word in ("-s", secret)]
        done = subprocess.run(words, cwd=registry, env={**env, "HOME": home, "NO_COLOR": "1"}, capture_output=True, text=True, timeout=600)
        output = done.stdout + done.stderr
        outputs = dict(re.findall(r"::set-output:: (\w+)=(.*)", output))
        return done.returncode, outputs, output

    def tip(self, repo):
        """The commit that the stand-in's default branch is at, with the paths in it."""
        if not os.path.isdir(os.path.join(self.folder, ".git")):
            self.git("init", "-q")
        self.git("fetch", "-q", "--no-tags", f"{self.url}/{repo}.git", "+refs/heads/main:refs/seen")
        names = self.git("ls-tree", "-r", "--name-only", "refs/seen").decode().split()
        return self.git("rev-parse", "refs/seen").decode().strip(), set(names)

    def git(self, *words):
        """What git says of the registry whose tip was asked for last: it is refs/seen."""
        env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}
        return subprocess.run(["git", "-C", self.folder, *words], check=True, env=env, capture_output=True).stdout

    def close(self):
        self.standin.stdin.close()
        must(self.standin.wait(timeout=30) == 0, "gistry's requests broke GitHub's own description (above)")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def list_of(folder):
    return [os.path.join(folder, name) for name in os.listdir(os.path.join(ROOT, folder))]
