#!/usr/bin/env python3
"""Measures `gistry query` over 100 packages, as many as a large application depends on, and the reading of a head.

    bench/dna/query.py [ROUNDS]        needs cargo, pip, and the network for the first run; 21 rounds unless told otherwise

The packages are the twelve of setup.py whole, and their 88 largest subpackages as packages of their own. In each round
every question is asked once, in turn. `cold` is without what is kept, and once only; `warm` is with it. The bars of
issue 4: `query` warm under 150 ms by its median, each question; the head of the largest file under 1 ms. The exit code
is 1 where one of them is missed. GISTRY, GISTRY_DNA and GISTRY_HEAD name binaries; without them they are built.
"""

import shutil
import statistics
import subprocess
import sys
import time

import setup

sys.path.insert(0, str(setup.ROOT / "bench"))
import measured  # noqa: E402

PLACE = setup.WORK.parent / "bench" / "query"
PACKAGES = 100
QUESTIONS = {
    "name": ["read_csv"],
    "part of names": ["frame"],
    "in very many names": ["get", "--limit", "0"],
    "path": ["DataFrame.merge"],
    "regular expression": ["^(read|to)_[a-z]+$"],
    "words of docstrings": ["floating point"],
    "nowhere": ["no such words anywhere"],
    "public classes": ["index", "--public", "--kind", "class"],
}
BAR_QUERY, BAR_HEAD = 0.150, 0.001


def sources():
    """Folders to be parsed as a package each."""
    whole = [setup.unpacked(package) for package in setup.PACKAGES]
    parts = []
    for folder in whole:
        for init in folder.glob("*/**/__init__.py"):
            part = init.parent
            if part.parent != folder and not {"tests", "test", "_vendor"} & set(part.parts):
                parts.append((sum(path.stat().st_size for path in part.rglob("*.py")), part))
    parts.sort(key=lambda pair: (-pair[0], str(pair[1])))
    return whole + [part for _, part in parts[: PACKAGES - len(whole)]]


def registry(driver):
    folder = PLACE / "registry"
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for number, source in enumerate(sources()):
            package = partial / f"package-{number}"
            package.mkdir(parents=True)
            bytes_of = subprocess.run([driver, source], check=True, stdout=subprocess.PIPE).stdout
            (package / f"package-{number}-1.0.msgpack").write_bytes(bytes_of)
        partial.rename(folder)
    return folder


def ask(gistry, folder, words):
    start = time.perf_counter()
    command = [gistry, "query", *words, "--cache-dir", str(PLACE / "cache")]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False)
    taken = time.perf_counter() - start
    assert done.returncode in (0, 1), done.returncode
    return taken, done.stdout.count(b"\n")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    gistry, driver = measured.released("GISTRY"), measured.released("GISTRY_DNA", "dna")
    head = measured.released("GISTRY_HEAD", "dna_head")
    folder = registry(driver)
    files = sorted(folder.glob("*/*.msgpack"), key=lambda path: path.stat().st_size)
    total = sum(path.stat().st_size for path in files)
    print(f"{len(files)} packages, {total / 1e6:.1f} MB, the largest {files[-1].stat().st_size / 1e6:.1f} MB")
    shutil.rmtree(PLACE / "cache", ignore_errors=True)
    cold, _ = ask(gistry, folder, QUESTIONS["name"])
    kept = sum(path.stat().st_size for path in (PLACE / "cache" / "names").iterdir())
    print(f"cold {cold * 1000:.0f} ms, which keeps {kept / 1e6:.1f} MB")
    times = {name: [] for name in QUESTIONS}
    found = {}
    for _ in range(rounds):
        for name, words in QUESTIONS.items():
            taken, found[name] = ask(gistry, folder, words)
            times[name].append(taken)
    missed = False
    for name, taken in times.items():
        median = statistics.median(taken)
        missed |= median >= BAR_QUERY
        print(f"{name:22} {median * 1000:6.1f} ms (least {min(taken) * 1000:.1f}, most {max(taken) * 1000:.1f}), {found[name]} lines")
    micros = float(subprocess.run([head, files[-1]], check=True, stdout=subprocess.PIPE).stdout)
    missed |= micros / 1e6 >= BAR_HEAD
    print(f"head of the largest    {micros / 1000:6.3f} ms")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
