"""Runs a program and says what it took: seconds by the clock, seconds of all cores, MiB at its peak, its exit code; and builds what is measured. For every bench."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

# A process of its own, and a small one: the kernel counts as a program's peak what the process held that became it.
STARTER = """
import json, os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - begin
with os.fdopen(int(sys.argv[1]), "w") as told:
    json.dump([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)], told)
"""


class Run(NamedTuple):
    """What a program took."""

    wall: float
    cores: float
    memory: float
    code: int


def run(words, folder=None, output=subprocess.DEVNULL, errors=subprocess.DEVNULL):
    """Runs a program in a folder, to its end."""
    told, end = os.pipe()
    command = [sys.executable, "-I", "-S", "-c", STARTER, str(end), *map(str, words)]
    with subprocess.Popen(command, cwd=folder, stdout=output, stderr=errors, pass_fds=[end]):
        os.close(end)
        with os.fdopen(told) as answer:
            text = answer.read()
    if not text:
        raise SystemExit(f"{words[0]} cannot be run")
    return Run(*json.loads(text))


ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def released(variable, example=None):
    """gistry, or an example, in the form in which it is released: the one that a variable of the environment names, or built now."""
    named = os.environ.get(variable)
    if named:
        return os.path.abspath(named)
    more = ["--example", example] if example else []
    built = subprocess.run([os.path.join(ROOT, "scripts", "dist"), *more], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return os.path.join(ROOT, built, *(["examples", example] if example else ["gistry"]))
