#!/bin/sh
# What nine consecutive versions of a package take in git, against one: bench/dna/history.sh [GISTRY] [PACKAGE VERSION…]
#
# Each wheel is fetched by pip, made to DNA by `gistry parse --source`, and committed under the name that it has in a registry. After `git gc`
# nine versions may take 1.4 times the room of the newest one alone. GISTRY: a command that is called as `GISTRY WHEEL FILE` instead.
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$here/target/history}
gistry=${GISTRY:-}
package=pandas
[ $# -gt 0 ] && { package=$1; shift; }
[ $# -gt 0 ] || set -- 2.1.0 2.1.1 2.1.2 2.1.3 2.1.4 2.2.0 2.2.1 2.2.2 2.2.3
mkdir -p "$work/wheels" "$work/dna"
if [ -z "$gistry" ]; then
    (cd "$here" && cargo build -q --bin gistry --release --config 'profile.release.opt-level=3' --target-dir target/perf)
    gistry=$here/target/perf/release/gistry
fi

for version; do
    dna=$work/dna/$package-$version.msgpack
    [ -e "$dna" ] && [ -z "${AGAIN:-}" ] && continue
    wheel=$(find "$work/wheels" -name "$package-$version-*.whl")
    if [ -z "$wheel" ]; then
        python3 -m pip -q --disable-pip-version-check download --no-deps --only-binary :all: --python-version 3.11 -d "$work/wheels" "$package==$version"
        wheel=$(find "$work/wheels" -name "$package-$version-*.whl")
    fi
    if [ -n "${GISTRY:-}" ]; then
        $gistry "$wheel" "$dna"
    else
        rm -rf "$work/made" && mkdir -p "$work/made"
        "$gistry" parse --source "$wheel" --output "$work/made"
        find "$work/made" -name '*.msgpack' -type f -exec mv {} "$dna" \;
    fi
done

# The bytes of the packs of a repository with these versions, each a commit of its own.
packed() {
    rm -rf "$work/git" && git init -q "$work/git" && mkdir "$work/git/$package"
    for each; do
        cp "$work/dna/$package-$each.msgpack" "$work/git/$package/"
        git -C "$work/git" add . && git -C "$work/git" -c user.name=bench -c user.email=bench commit -qm "$each"
    done
    git -C "$work/git" gc -q --aggressive --prune=now
    find "$work/git/.git/objects/pack" -name '*.pack' -printf '%s\n'
}

for newest; do :; done
all=$(packed "$@")
one=$(packed "$newest")
echo "$package: $# versions $all bytes, $newest alone $one bytes in git; $(echo "$all $one" | awk '{printf "%.2f", $1 / $2}') times (at most 1.40)"
echo "$newest: $(wc -c < "$work/dna/$package-$newest.msgpack") bytes raw, $(zstd -19 -qc "$work/dna/$package-$newest.msgpack" | wc -c) by zstd -19"
awk "BEGIN { exit !($all <= 1.4 * $one) }"
