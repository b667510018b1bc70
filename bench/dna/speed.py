"""What speed.sh measures: programs one after the other on the same packages, tests included, medians, peak memory, growth."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
import zipfile

import setup

sys.path.insert(0, str(setup.ROOT / "bench"))
import measured  # noqa: E402

WORK = setup.WORK / "speed"
PACKAGES = ["pandas==2.2.0", "numpy==1.26.3", "requests==2.31.0", "Django==5.2", "sqlalchemy==2.1.0b1", "sympy==1.14.0"]
GRIFFE = "griffe==1.7.3"
# At least so many times as fast as griffe, by wall time.
BARS = {"pandas": 40}
BAR, FLOOR, MEMORY = 25, 2, 120

AST = """
import ast, sys, pathlib
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py*")):
    if path.suffix in (".py", ".pyi"):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                ast.get_docstring(node)
"""


def took(command):
    """Seconds by the clock, seconds of all cores, MiB."""
    with tempfile.TemporaryFile() as errors:
        run = measured.run(command, errors=errors)
        if run.code:
            errors.seek(0)
            raise SystemExit(f"{command}: {errors.read().decode()[-2000:]}")
    return run.wall, run.cores, run.memory


def wheel(package):
    """A wheel and where it is unpacked."""
    folder = WORK / "wheels" / package
    if not folder.exists():
        setup.pip("download", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "-d", str(folder), package)
    file = next(folder.glob("*.whl"))
    setup.checked(file.read_bytes(), file.name)
    tree = WORK / "trees" / package
    if not tree.exists():
        zipfile.ZipFile(file).extractall(tree)
    return file, tree


def sources(tree):
    return sum(path.stat().st_size for path in tree.rglob("*.py*") if path.suffix in (".py", ".pyi"))


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def figures_of(package, runs, griffe, ctags):
    """Medians of each program on a package."""
    file, tree = wheel(package)
    out = WORK / "out" / package
    fresh(out / "dna")
    roots = [path.name for path in tree.iterdir() if path.is_dir() and not path.name.endswith((".dist-info", ".libs", ".data"))]
    commands = {
        "gistry": [os.environ["GISTRY"], "parse", "--source", file, "--include-tests", "--output"],
        "griffe": [griffe, "dump", *roots, "-s", tree, "-o", out / "griffe.json", "-L", "critical"],
        "ctags": [ctags, "-R", "--languages=Python", "--kinds-python=*", "--fields=*", "-f", out / "tags", tree],
        "ast": [sys.executable, "-W", "ignore", "-c", AST, tree],
    }
    if not ctags:
        del commands["ctags"]
    figures = {program: [] for program in [*commands, "floor"]}
    for run in range(runs):
        # One after the other, so that all of them meet the same weather; the slow ones not as often.
        for program, command in commands.items():
            if program in ("griffe", "ast") and run > runs // 3:
                continue
            if program == "gistry":
                # A folder of its own each time: after a deletion ext4 passes over each inode that was freed.
                command = [*command, tempfile.mkdtemp(dir=out / "dna")]
            figures[program].append(took(command))
        floor = [os.environ["FLOOR"], file]
        inflating, parsing, _ = map(float, subprocess.run(floor, check=True, capture_output=True, text=True).stdout.split())
        alone = sum(map(float, subprocess.run([*floor, "1"], check=True, capture_output=True, text=True).stdout.split()[:2]))
        figures["floor"].append((inflating + parsing, alone, 0))
    return file, tree, out, {program: tuple(statistics.median(column) for column in zip(*rows)) for program, rows in figures.items()}


def main():
    runs = int(sys.argv[1])
    place = WORK / "griffe"
    if not place.exists():
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "pip", "-q", "--disable-pip-version-check", "install", GRIFFE], check=True)
    ctags = shutil.which("ctags")
    found, missed = {}, []
    for package in PACKAGES:
        file, tree, out, middle = figures_of(package, runs, place / "bin" / "griffe", ctags)
        name = package.split("==")[0].lower()
        found[name] = sources(tree), middle, out
        ours = middle["gistry"]
        print(f"{package}: {sources(tree) / 1e6:.1f} MB of source, a wheel of {file.stat().st_size / 1e6:.1f} MB")
        for program, (wall, cpu, memory) in middle.items():
            peak = f"{memory:6.0f} MiB" if memory else " " * 10
            print(f"  {program:8} {wall * 1000:9.1f} ms wall {cpu * 1000:9.1f} ms CPU {peak}   {wall / ours[0]:6.2f} of ours by wall, {cpu / ours[1]:6.2f} by CPU")
        bar = BARS.get(name, BAR)
        for what, holds in [
            (f"{bar} times as fast as griffe", middle["griffe"][0] >= bar * ours[0]),
            ("faster than ctags", not ctags or middle["ctags"][0] > ours[0]),
            (f"at most {FLOOR} times the floor", name != "pandas" or ours[0] <= FLOOR * middle["floor"][0]),
            (f"at most {MEMORY} MiB", name != "pandas" or ours[2] <= MEMORY),
        ]:
            if not holds:
                missed.append(f"{name}: {what}")
                print(f"  MISSED: {what}")
        sys.stdout.flush()
    print("growth, CPU over size of source; straight where the last number stays the same")
    most = max(middle["gistry"][1] for _, middle, _ in found.values())
    for name, (size, middle, _) in sorted(found.items(), key=lambda item: item[1][0]):
        cpu = middle["gistry"][1]
        print(f"  {size / 1e6:5.1f} MB {'#' * max(1, round(50 * cpu / most)):50} {cpu * 1000:6.0f} ms {cpu * 1e9 / size:6.1f} ms/MB  {name}")
    for name, (_, _, out) in found.items():
        dna = next((out / "dna").rglob("*.msgpack"))
        micros = int(subprocess.run([os.environ["DNA"], f"--head={dna}"], check=True, capture_output=True, text=True).stdout)
        print(f"head of {name}: {micros} µs, of {dna.stat().st_size} bytes")
        if micros >= 1000:
            missed.append(f"{name}: the head in less than a millisecond")
    print("missed:", "; ".join(missed) or "nothing")
    sys.exit(1 if missed and not os.environ.get("BUSY") else 0)


if __name__ == "__main__":
    main()
