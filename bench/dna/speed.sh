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
    (cd "$here" && cargo build -q --release --bin gistry --example parse_floor --example dna \
        --config 'profile.release.opt-level=3' --config 'profile.release.lto="fat"' --config 'profile.release.codegen-units=1' \
        --target-dir target/perf)
    GISTRY=${GISTRY:-$here/target/perf/release/gistry}
    FLOOR=${FLOOR:-$here/target/perf/release/examples/parse_floor}
    DNA=${DNA:-$here/target/perf/release/examples/dna}
fi
export GISTRY FLOOR DNA
exec python3 "$here/bench/dna/speed.py" "${1:-5}"
