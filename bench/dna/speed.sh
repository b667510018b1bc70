#!/bin/sh
# How quickly a wheel becomes a DNA file, against griffe, universal-ctags, CPython's ast and the floor, in one run:
#
#     bench/dna/speed.sh [RUNS]         5 runs of each by default; needs cargo, pip, ctags (Debian: universal-ctags)
#
# Environment: GISTRY, a gistry that is built already; FLOOR and DNA, the examples parse_floor and dna; BUSY=1, no exit code 1 for missed bars, for
# a machine on which others work, too (compare the CPU times there).
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${GISTRY:-}" ] || [ -z "${FLOOR:-}" ] || [ -z "${DNA:-}" ]; then
    built=$here/$("$here/scripts/dist" --example parse_floor --example dna)
    GISTRY=${GISTRY:-$built/gistry}
    FLOOR=${FLOOR:-$built/examples/parse_floor}
    DNA=${DNA:-$built/examples/dna}
fi
export GISTRY FLOOR DNA
exec python3 "$here/bench/dna/speed.py" "${1:-5}"
