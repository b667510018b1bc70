"""Pinned packages, unpacked below target/, and our DNA of them; shared by oracle.py and runtime.py."""

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "oracle"

# Difficult in different ways: what each is for stands beside it.
PACKAGES = [
    "requests==2.31.0",
    "pandas==2.2.0",
    "numpy==1.26.3",
    "SQLAlchemy==2.0.25",  # overloads, generated code, dynamic re-exports
    "sympy==1.12",  # star imports, huge files
    "Django==5.0.1",  # a namespace folder, files named by number
    "zope.interface==6.1",  # a namespace package
    "lxml==5.1.0",  # mostly compiled
    "pandas-stubs==2.1.4.231227",  # stubs only
    "setuptools==69.0.3",  # vendored copies
    "docutils==0.20.1",  # coding cookies, old code
    "scipy==1.12.0",  # compiled and stubs, old generated files
    "nose==1.3.7",  # Python 2: a quarter of its files is none any more
    "tdom==0.1.20",  # t-strings (PEP 750), which CPython's ast knows from 3.14 on
    "attrs==23.2.0",  # a src layout: its sdist, which keeps the packages in src/
]
# The version of Python to ask pip for, where it is not this one.
PYTHON = {"nose==1.3.7": "2.7", "tdom==0.1.20": "3.14"}
SDISTS = {"attrs==23.2.0"}
# Syntax that is newer than this CPython: what it refuses there, we must not.
NEWER = {"tdom==0.1.20"}


def checked(data, name):
    """The bytes of an artifact, if they are those of oracle.sha256."""
    known = dict(reversed(line.split()) for line in Path(__file__).with_name("oracle.sha256").read_text().splitlines())
    digest = hashlib.sha256(data).hexdigest()
    assert known.get(name, digest) == digest, f"{name} is not the file that was compared: {digest}"
    return data


def pip(*args):
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *args], check=True)


def unpacked(package):
    """The folder of a package's wheel, unpacked, or of its sdist's sources. Downloaded once."""
    if package in SDISTS:
        return next(sdist(package).iterdir()) / "src"
    folder = WORK / "wheels" / package.replace("==", "-")
    if not folder.exists():
        wheels = WORK / "downloads" / package.replace("==", "-")
        wheels.mkdir(parents=True, exist_ok=True)
        pip("download", "--no-deps", "--only-binary", ":all:", "--python-version", PYTHON.get(package, "3.11"), "-d", str(wheels), package)
        partial = folder.with_suffix(".partial")
        for wheel in wheels.glob("*.whl"):
            zipfile.ZipFile(io.BytesIO(checked(wheel.read_bytes(), wheel.name))).extractall(partial)
        partial.rename(folder)
    return folder


def sdist(package):
    """The folder of a package's sdist, unpacked. The file that the simple index names is fetched: to let pip do it would build it."""
    folder = WORK / "sdists" / package.replace("==", "-")
    if not folder.exists():
        name, version = package.split("==")
        index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
        page = urllib.request.urlopen(f"{index}/{name.lower()}/", timeout=60)
        file = re.escape(f"{name}-{version}.tar.gz")
        link = re.search(rf'href="([^"#]*/{file})(?:#sha256=([0-9a-f]*))?', page.read().decode())
        data = urllib.request.urlopen(urllib.parse.urljoin(page.geturl(), link[1]), timeout=300).read()
        assert not link[2] or hashlib.sha256(data).hexdigest() == link[2], "not what the index says"
        checked(data, f"{name}-{version}.tar.gz")
        partial = folder.with_suffix(".partial")
        tarfile.open(fileobj=io.BytesIO(data)).extractall(partial, filter="data")
        partial.rename(folder)
    return folder


def msgpack():
    """The reference reader of MessagePack, installed beside the wheels."""
    place = WORK / "python"
    if not place.exists():
        pip("install", "--target", str(place), "msgpack==1.1.0")
    sys.path.insert(0, str(place))
    import msgpack

    return msgpack


def program():
    """The driver: GISTRY_DNA, or built now."""
    if given := os.environ.get("GISTRY_DNA"):
        return Path(given)
    command = ["cargo", "build", "--release", "--example", "dna", "--config", "profile.release.opt-level=3"]
    subprocess.run([*command, "--target-dir", str(ROOT / "target" / "perf")], cwd=ROOT, check=True)
    return ROOT / "target" / "perf" / "release" / "examples" / "dna"


def dna(driver, folder, *flags):
    """The decoded DNA of a folder, tests included unless flags are given."""
    out = subprocess.run([driver, folder, *(flags or ("--tests",))], check=True, stdout=subprocess.PIPE).stdout
    dna = msgpack().unpackb(out)
    for module in dna["modules"]:
        complete(module.get("members", []), False)
    return dna


def complete(members, in_class):
    """Puts back what goes without saying, as docs/formats.md tells a reader: the kind of functions and methods, and their `self`."""
    for member in members:
        kind = member.setdefault("kind", "method" if in_class else "function")
        if in_class and kind in ("method", "property"):
            for one in [member, *member.get("overloads", [])]:
                if one.get("self", True):
                    one["parameters"] = [{"name": "self"}, *one.get("parameters", [])]
        if kind == "property" and member.get("self", True) and "decorators" not in member:
            member["decorators"] = ["property"]
        complete(member.get("members", []), kind == "class")
