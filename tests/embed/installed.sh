#!/bin/sh
# installed.sh BUILD ROOT CC: the libraries are installed into an empty prefix, and each example is
# compiled with what stands there alone, found by pkg-config, and prints what it should.
set -eu
build=$1 root=$2 cc=$3
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/prefix" --component library >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$folder/prefix" -name leeward.pc)")
export PKG_CONFIG_PATH
libraries=$(dirname "$PKG_CONFIG_PATH")

# example NAME PACKAGE INPUT [ARGUMENT…]
example() {
    name=$1 package=$2 input=$3
    shift 3
    cp "$root/examples/$name.c" "$folder/"
    # shellcheck disable=SC2046 # the words of pkg-config are words
    "$cc" -std=c17 -Wall -Wextra -Werror "$folder/$name.c" \
        $(pkg-config --cflags --libs "$package") -Wl,-rpath,"$libraries" -o "$folder/$name"
    "$folder/$name" "$@" <"$input" >"$folder/$name.out"
    diff -u "$root/tests/embed/$name.out" "$folder/$name.out"
}

example embed leeward /dev/null
example decode leeward "$root/tests/embed/flight.sbs" sbs
example incidents leeward "$root/tests/embed/flight.sbs" sbs
example zones leeward-import "$root/tests/cli/cases/square.geojson" 505000000 105000000
# The static library, with what it says it needs.
# shellcheck disable=SC2046
"$cc" -std=c17 "$folder/decode.c" $(pkg-config --cflags leeward) "$libraries/libleeward.a" \
    $(pkg-config --static --libs-only-l leeward | sed 's/-lleeward//') -o "$folder/static"
"$folder/static" sbs <"$root/tests/embed/flight.sbs" | diff -u "$root/tests/embed/decode.out" -
echo "every example was compiled against the installed libraries and printed what it should"
