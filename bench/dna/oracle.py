#!/usr/bin/env python3
"""Compares our DNA of real packages with what CPython's own `ast` sees in the same files.

    bench/dna/oracle.py [PACKAGE…]        needs cargo, pip, and the network for the first run

Every function and class of every file: qualified name, kind, lines, parameters with kinds, defaults and annotations,
decorators, return annotation, bases, and docstrings that are literals. A difference is printed, and the exit code is 1,
unless oracle.allow names the file and the definition (at most 20 lines). Files that this CPython cannot parse are
counted: ours must say that they have a problem, or that they use newer syntax. What is newer than this CPython on purpose
(setup.NEWER) is read by CPython 3.14, compiled to WebAssembly: npm's `pyodide`, for which Node is needed.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import setup
import tree
from tree import last_name

ALLOWED = 20
PYODIDE = "pyodide@314.0.7"
def ours(members, prefix="", within=None):
    """A module's members, flattened to what Tree finds, in order of their lines."""
    for member in members:
        if member["kind"] in ("attribute", "type_alias") or "line" not in member or member.get("provenance") == "compiled":
            continue
        if member["kind"] == "property" and not member.get("decorators"):
            continue  # x = property(…)
        name = prefix + member["name"]
        member = {"provenance": within, **member}
        for one in member.get("overloads", []):
            yield {**one, "name": name, "kind": member["kind"], "overload": True, "provenance": one.get("provenance", member["provenance"])}
        if not (member.get("overloads") and "parameters" not in member and not implemented(member)):
            yield {**member, "name": name}
        if member["kind"] == "class":
            yield from ours(member.get("members", []), name + ".", "pyi" if member["provenance"] == "pyi" else None)


def merged(members, prefix=""):
    """The names that both the file and the stub have."""
    for member in members:
        if member.get("provenance") == "py+pyi":
            yield prefix + member["name"]
            yield from merged(member.get("members", []), prefix + member["name"] + ".")


def implemented(member):
    """Whether there is a definition besides the overloads: it does not begin where the first of them does."""
    first = member["overloads"][0]
    return "provenance" in first or member["line"] != first["line"]


FIELDS = ("kind", "end_line", "decorators", "async", "returns", "type_parameters", "bases")


def flat(parameters):
    return [(one["name"], one.get("kind"), one.get("annotation"), one.get("default")) for one in parameters]


def differences(path, expected, got, merged):
    """Lines that say how two lists of definitions differ. `merged`: annotations may be the stub's."""
    theirs = {(one["name"], one["line"]): one for one in expected}
    mine = {}
    for one in got:
        mine.setdefault((one["name"], one["line"]), one)
    for key in sorted(theirs.keys() - mine.keys(), key=str):
        yield path, key[0], f"line {key[1]}: missing"
    for key in sorted(mine.keys() - theirs.keys(), key=str):
        yield path, key[0], f"line {key[1]}: not in the file"
    for key in theirs.keys() & mine.keys():
        their, my = theirs[key], mine[key]
        for field in FIELDS:
            empty = False if field == "async" else None if field in ("returns", "kind") else []
            left = their.get(field, empty)
            right = my.get(field, my["line"] if field == "end_line" else empty)
            if field == "decorators" and my.get("overload"):
                left = [text for text in left if last_name(text) != "overload"]
            if field == "returns" and merged and left is None:
                continue
            if field == "decorators" and my.get("doc_status") == "templated":
                # The arguments of a decorator that made the docstring are spent: `doc(…)`.
                left = [one.split("(")[0] + "(…)" if other.endswith("(…)") else one for one, other in zip(left, right)]
            if left != right:
                yield path, key[0], f"line {key[1]}: {field}: {left!r} is {right!r}"
        if "parameters" in their:
            left, right = their["parameters"], flat(my.get("parameters", []))
            if merged:
                filled = {one[0]: one[2] for one in right}
                left = [(name, kind, annotation or filled.get(name), default) for name, kind, annotation, default in left]
            if left != right:
                yield path, key[0], f"line {key[1]}: parameters: {left!r} is {right!r}"
        if "doc_status" not in my and "doc_from" not in my and their["doc"] != my.get("doc"):
            yield path, key[0], f"line {key[1]}: doc: {str(their['doc'])[:200]!r} is {str(my.get('doc'))[:200]!r}"


def newest(folder):
    """What CPython 3.14 sees in each file of a folder: a function from a path to its tree."""
    node = setup.WORK / "node"
    if not (node / "node_modules" / "pyodide").exists():
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", "--prefix", node, *options, PYODIDE], check=True)
    here = Path(__file__).parent
    told = subprocess.run(["node", here / "newer.mjs", node, here, folder], check=True, stdout=subprocess.PIPE)
    told = json.loads(told.stdout)
    print(f"  read by CPython {told['version']}")

    def read(path):
        seen = told["files"][path]
        if "error" in seen:
            raise SyntaxError(seen["error"])
        for one in seen["found"]:
            if "parameters" in one:
                one["parameters"] = [tuple(parameter) for parameter in one["parameters"]]
        return SimpleNamespace(**seen)

    return read


def compare(package, folder, dna):
    read = set()
    is_newer = package in setup.NEWER and sys.version_info < (3, 14)
    see = newest(folder) if is_newer else lambda path: tree.read((folder / path).read_bytes())
    for module in dna["modules"]:
        own = [one for one in ours(module.get("members", []))]
        files = [(module["path"], [one for one in own if one.get("provenance") != "pyi"] if "stub" in module else own)]
        if "stub" in module:
            files.append((module["stub"]["path"], [one for one in own if one.get("provenance") == "pyi"]))
        for path, got in files:
            if not path.endswith((".py", ".pyi")):
                continue
            read.add(path)
            try:
                seen = see(path)
            except (SyntaxError, UnicodeDecodeError, LookupError, ValueError, RecursionError) as error:
                unparsed.append(path)
                if not module.get("problems") and (is_newer or not newer(error)):
                    yield path, "", f"CPython refuses it, we do not: {error}"
                continue
            if module.get("problems"):
                yield path, "", f"CPython reads it, we do not: {module['problems'][0]}"
                continue
            expected = seen.found
            # A value in the file that the stub calls a function: it is shown as the stub says, at the value's place.
            defined = {one["name"] for one in expected}
            got = [one for one in got if one.get("provenance") != "py+pyi" or one["name"] in defined]
            checked.append(len(expected))
            if "stub" in module and path == module["stub"]["path"]:
                # What is in both files is compared with the .py file.
                known = set(merged(module.get("members", [])))
                expected = [one for one in expected if one["name"] not in known or any(last_name(text) == "overload" for text in one["decorators"])]
                both = {one["name"] for one in files[0][1] if one.get("overload")}
                expected = [one for one in expected if one["name"] not in both]
            elif "doc_status" not in module and seen.doc != module.get("doc"):
                yield path, "", "the module's docstring differs"
            yield from differences(path, expected, got, "stub" in module)
    for path in sorted(folder.rglob("*.py*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".py", ".pyi") and name not in read and not re.search(r"\.(data|dist-info)/|[^/]*\.[^/]*/", name):
            yield name, "", "the file is not in the DNA"


def newer(error):
    """Syntax that came after this CPython is no fault of the file's."""
    return isinstance(error, SyntaxError) and sys.version_info < (3, 14)


checked, unparsed = [], []


def main():
    allowed = set()
    listed = Path(__file__).with_name("oracle.allow").read_text().splitlines()
    for line in listed:
        if line and not line.startswith("#"):
            path, name = line.split("\t")[:2]
            allowed.add((path, name))
    assert len(allowed) <= ALLOWED, "the list of differences that are allowed is too long"
    dna_program = setup.program()
    failed = False
    for package in setup.PACKAGES:
        if sys.argv[1:] and package.split("==")[0] not in sys.argv[1:]:
            continue
        folder = setup.unpacked(package)
        checked.clear()
        unparsed.clear()
        dna = setup.dna(dna_program, folder)
        wrong = [one for one in compare(package, folder, dna) if one[:2] not in allowed]
        for path, name, what in wrong[:10]:
            print(f"  {path}: {name}: {what}")
        print(f"{package}: {len(dna['modules'])} modules, {sum(checked)} definitions, {len(wrong)} differences, not read by CPython {sys.version_info.major}.{sys.version_info.minor}: {len(unparsed)}")
        failed |= bool(wrong)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
