#!/usr/bin/env python3
"""Compares our DNA with what `inspect` sees when the packages are really imported, and shows griffe's figures beside ours.

    bench/dna/runtime.py [-v] [--with-sdist]        needs cargo, pip, and the network for the first run

Nothing of this is known to gistry: it never imports anything. What must hold is in TARGETS; the exit code is 1 if it does not.
A docstring is right if it is the one at run time, with two exceptions that are counted apart and shown:
- What our DNA calls `partial` has parts in braces that only the machine knows which runs the package (numpy's scalar types name the
  platform): the rest must be the same.
- C code puts a line with the signature before a ufunc's docstring, made of numbers of arguments that only the compiled module has: the
  rest must be the same.
With --with-sdist, numpy's sdist is read beside its wheel (Package::beside): it has the ufuncs' docstrings.
"""

import hashlib
import json
import re
import subprocess
import sys
import venv

import setup

VENV = setup.WORK / "runtime"
PINNED = ["requests==2.31.0", "pandas==2.2.0", "numpy==1.26.3", "griffe==1.7.3"]
TARGETS = {
    "requests: public names": 100, "pandas: public names": 100, "numpy: public names": 99,
    "pandas.DataFrame: members' docstrings": 95,
    "numpy: callables' docstrings": 90 if "--with-sdist" in sys.argv[1:] else 75, "numpy: callables' signatures": 95,
}

# Runs in the other environment: what is really there.
INSPECT = r"""
import importlib, inspect, json, sys, types, warnings
warnings.simplefilter("ignore")
found = {}
for package in ("requests", "pandas", "numpy"):
    module = importlib.import_module(package)
    names = sorted(set(getattr(module, "__all__", [])) | {name for name in dir(module) if not name.startswith("_")})
    all_names = {}
    for name in names:
        try:
            value = getattr(module, name)
        except AttributeError:
            continue
        if isinstance(value, types.ModuleType) and not value.__name__.startswith(package + "."):
            continue  # what a module imports for itself
        if type(value).__module__ == "__future__":
            continue
        doc = inspect.getdoc(value) if callable(value) else None
        all_names[name] = {"callable": callable(value), "class": isinstance(value, type), "doc": doc}
    found[package] = all_names
import pandas
members = {}
for name in dir(pandas.DataFrame):
    if not name.startswith("_"):
        value = inspect.getattr_static(pandas.DataFrame, name)
        members[name] = inspect.getdoc(getattr(pandas.DataFrame, name))
found["DataFrame"] = members
json.dump(found, sys.stdout)
"""

GRIFFE = r"""
import griffe, inspect, json, sys
found = {}
for package in ("requests", "pandas", "numpy"):
    loaded = griffe.load(package, search_paths=[sys.argv[1]], allow_inspection=False, resolve_aliases=True)
    names = {}
    for name, member in loaded.members.items():
        try:
            target = member.final_target if member.is_alias else member
            doc = target.docstring.value if target.docstring else None
            known = True
            signature = target.is_class or target.is_function
        except Exception:
            doc, known, signature = None, False, False
        names[name] = {"known": known, "doc": inspect.cleandoc(doc) if doc else None, "signature": signature}
    found[package] = names
frame = griffe.load("pandas", search_paths=[sys.argv[1]], allow_inspection=False, resolve_aliases=True)["core.frame.DataFrame"]
members = {}
for name, member in frame.all_members.items():
    try:
        target = member.final_target if member.is_alias else member
        members[name] = inspect.cleandoc(target.docstring.value) if target.docstring else None
    except Exception:
        pass
found["DataFrame"] = members
json.dump(found, sys.stdout)
"""


class Index:
    """A DNA file as a reader without gistry would use it."""

    def __init__(self, dna):
        self.public = dna["public"]
        self.modules = {module["name"]: module for module in dna["modules"]}
        self.members = {}
        for module in dna["modules"]:
            self.add(module["name"], module.get("members", []))

    def add(self, path, members):
        for member in members:
            name = f"{path}.{member['name']}"
            self.members.setdefault(name, []).append(member)
            self.add(name, member.get("members", []))

    def canonical(self, path):
        for _ in range(10):
            if path not in self.public:
                return path
            path = self.public[path]
        return path

    def known(self, path):
        """Whether a path leads to a module, or to a definition of another package, whose path is said."""
        canonical = self.canonical(path)
        return canonical in self.modules or canonical.split(".")[0] != path.split(".")[0]

    def find(self, path):
        """The definitions of a public path, bases included."""
        path = self.canonical(path)
        if path in self.members:
            return self.members[path]
        owner, _, name = path.rpartition(".")
        owner = self.canonical(owner)
        if f"{owner}.{name}" in self.members:
            return self.members[f"{owner}.{name}"]
        for member in self.members.get(owner, []):
            for base in member.get("base_paths", []):
                if found := self.find(f"{base}.{name}"):
                    return found
        return []

    def doc(self, path, seen=()):
        for member in self.find(path):
            if member.get("doc"):
                return member["doc"]
            if member.get("doc_from") and member["doc_from"] not in seen:
                return self.doc(member["doc_from"], (*seen, member["doc_from"]))
        return None

    def signature(self, path):
        """Whether a definition says how it is called: a class, a function, something with a type, or another name of one (`x = y[z]`)."""
        for member in self.find(path):
            if member["kind"] in ("class", "function", "method") or member.get("annotation"):
                return True
            value = member.get("value", "").split("[")[0]
            if value.isidentifier() and value != path.rpartition(".")[2]:
                return self.signature(self.canonical(path).rpartition(".")[0] + "." + value)
        return False


def same(one, other):
    return (one or "").strip() == (other or "").strip()


UFUNC = re.compile(r"\w+\([^\n]*\[, signature, extobj[^\n]*\)\n\n")


def known(true, doc):
    """Whether what a docstring says is what there is at run time: apart from its holes, and from the line that C code puts before it."""
    if same(true, doc):
        return "equal"
    if not doc or not true:
        return None
    # A line of nothing but holes may be none.
    parts = re.split(r"((?:\n(?:\{(?:…|\w+)\})+(?=\n|$))|\{(?:…|\w+)\})", doc.strip())
    pattern = "".join(r"[\s\S]*?" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    if len(parts) > 1 and re.fullmatch(pattern, true.strip()):
        return "but for what only the machine knows"
    if same(UFUNC.sub("", true, count=1), doc):
        return "but for the line that C code puts before it"
    return None


def run(code, *args):
    return json.loads(subprocess.run([VENV / "bin" / "python", "-c", code, *args], check=True, stdout=subprocess.PIPE).stdout)


def cached(name, code, *args):
    """What the pinned packages say does not change: asked once."""
    place = VENV / f"{name}-{hashlib.sha256(code.encode()).hexdigest()[:12]}.json"
    if not place.exists():
        place.write_text(json.dumps(run(code, *args)))
    return json.loads(place.read_text())


def share(good, all_of):
    return 100 * len(good) / len(all_of)


def main():
    if not VENV.exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin" / "pip", "-q", "--disable-pip-version-check", "install", *PINNED], check=True)
    true = cached("inspect", INSPECT)
    site = next((VENV / "lib").glob("python*/site-packages"))
    griffe = cached("griffe", GRIFFE, str(site))
    program = setup.program()
    figures = {}
    wanted = "-v" in sys.argv[1:]
    for package in ("requests", "pandas", "numpy"):
        pinned = next(one for one in setup.PACKAGES if one.startswith(package + "=="))
        flags = ["--"]
        if package == "numpy" and "--with-sdist" in sys.argv[1:]:
            flags.append(f"--beside={setup.sdist(pinned)}")
        index = Index(setup.dna(program, setup.unpacked(pinned), *flags))
        names = true[package]
        there = [name for name in names if index.find(f"{package}.{name}") or index.known(f"{package}.{name}")]
        theirs = [name for name in names if griffe[package].get(name, {}).get("known")]
        figures[f"{package}: public names"] = share(there, names), share(theirs, names)
        if wanted:
            print(package, "not found:", sorted(set(names) - set(there)))
        if package == "numpy":
            calls = [name for name, one in names.items() if one["callable"]]
            how = {name: known(names[name]["doc"], index.doc(f"numpy.{name}")) for name in calls}
            good = [name for name in calls if how[name]]
            counted = {way: list(how.values()).count(way) for way in sorted(set(filter(None, how.values())))}
            print(f"numpy: {len(calls)} callables, docstrings", ", ".join(f"{way}: {number}" for way, number in counted.items()))
            theirs = [name for name in calls if same(names[name]["doc"], griffe["numpy"].get(name, {}).get("doc"))]
            figures["numpy: callables' docstrings"] = share(good, calls), share(theirs, calls)
            signed = [name for name in calls if index.signature(f"numpy.{name}")]
            theirs = [name for name in calls if griffe["numpy"].get(name, {}).get("signature")]
            figures["numpy: callables' signatures"] = share(signed, calls), share(theirs, calls)
            if wanted:
                print("numpy docstrings:", sorted(set(calls) - set(good)))
                print("numpy signatures:", sorted(set(calls) - set(signed)))
        if package == "pandas":
            members = true["DataFrame"]
            good = [name for name in members if same(members[name], index.doc(f"pandas.DataFrame.{name}"))]
            theirs = [name for name in members if same(members[name], griffe["DataFrame"].get(name))]
            figures["pandas.DataFrame: members' docstrings"] = share(good, members), share(theirs, members)
            if wanted:
                print("DataFrame docstrings:", sorted(set(members) - set(good)))
    failed = False
    print(f"{'':40} {'gistry':>8} {'griffe':>8} {'target':>8}")
    for what, (ours, theirs) in figures.items():
        print(f"{what:40} {ours:7.1f}% {theirs:7.1f}% {TARGETS[what]:7}%")
        failed |= ours < TARGETS[what]
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
