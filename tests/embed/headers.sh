#!/bin/sh
# Each header of include/leeward compiles alone, as C17 and as C++11 and 17 (the latter skipped where
# there is no C++ compiler), and a C++ program finds every function under its C name.
set -eu
include=$1 cc=$2 cxx=$3 library=$4 sanitize=$5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
strict="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror -I$include"
for header in "$include"/leeward/*.h; do
    name=leeward/$(basename "$header")
    # Twice: the guard holds.
    printf '#include "%s"\n#include "%s"\nextern int one;\n' "$name" "$name" >"$folder/one.c"
    cp "$folder/one.c" "$folder/one.cpp"
    "$cc" -std=c17 $strict -Wstrict-prototypes -fsyntax-only "$folder/one.c" || {
        echo "$name does not compile alone as C17"; exit 1; }
    if [ "$cxx" != none ]; then
        for standard in c++11 c++17; do
            "$cxx" -std=$standard $strict -fsyntax-only "$folder/one.cpp" || {
                echo "$name does not compile alone as $standard"; exit 1; }
        done
    fi
done
if [ "$cxx" = none ]; then
    echo "skipped: no C++ compiler; as C17 every header compiled alone"
    exit 77
fi
if [ -n "$sanitize" ]; then
    echo "every header compiles alone; the program of C++ is linked in builds without sanitizers"
    exit 0
fi
cat >"$folder/use.cpp" <<'END'
#include <cstring>

#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "leeward/frame.h"
#include "leeward/watch.h"
#include "leeward/zone_set.h"

static void on_event(void *, const lee_event *)
{
}

int main()
{
    const lee_point corners[] = {{0, 0}, {0, 10}, {10, 10}, {10, 0}};
    const lee_ring ring = {corners, 4};
    lee_zone zone = {};
    zone.id = "square";
    zone.area = {&ring, 1};
    const lee_zone_list list = {&zone, 1};
    lee_zone_set *set = nullptr;
    if (lee_zone_set_build(&list, &set)) {
        return 1;
    }
    uint32_t found[1];
    const bool inside = lee_zone_set_locate(set, {5, 5}, found, 1) == 1;
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = options.incidents_max = 16;
    lee_watch *watch = nullptr;
    if (lee_watch_create(&options, on_event, nullptr, &watch)) {
        return 1;
    }
    lee_watch_free(watch);
    lee_zone_set_free(set);
    lee_decoder_options decode;
    lee_decoder_options_default(&decode);
    lee_decoder *decoder = nullptr;
    if (lee_decoder_create(&decode, &decoder)) {
        return 1;
    }
    lee_decoder_free(decoder);
    lee_target target;
    return inside && lee_target_parse("mmsi:244660000", 14, &target) &&
                   !std::strcmp(lee_format_name(LEE_FORMAT_SBS), "sbs") &&
                   !std::strcmp(lee_error_name(LEE_ERR_IO), "IO")
               ? 0
               : 1;
}
END
"$cxx" -std=c++17 $strict "$folder/use.cpp" "$library" -Wl,-rpath,"$(dirname "$library")" \
    -o "$folder/use"
"$folder/use"
echo "every header compiles alone, and a program of C++ ran against the library"
