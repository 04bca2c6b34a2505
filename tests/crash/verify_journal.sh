#!/bin/sh
# Checks a journal's folder (docs/formats/journal.md) with openssl, a POSIX shell, coreutils and sed alone: the signature of the
# checkpoint, every entry against its hash, every hash up to the signed root, and that nothing but what was pruned is missing.
# Usage: sh verify_journal.sh FOLDER [VKEY]; VKEY: the key as somebody else says it. Exit status 0: all of it verifies.
set -eu
export LC_ALL=C
cd "$1"
vkey=${2:-$(cat keys/journal.vkey)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "DOES NOT VERIFY: $*" >&2 && exit 1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

name_of() { # NUMBER: sets `name`, 1234067 is x001/x234/067
    name=$(printf %03d $(($1 % 1000))) rest=$(($1 / 1000))
    while [ $rest -gt 0 ]; do
        name=x$(printf %03d $((rest % 1000)))/$name rest=$((rest / 1000))
    done
}

find_tile() { # LEVEL NUMBER WIDTH: sets `file`, and `exact` where it has no more than that
    name_of "$2"
    file=tile/$1/$name exact=1
    [ "$3" -eq 256 ] && return
    if [ -e "$file.p/$3" ]; then file=$file.p/$3; else exact=0; fi
}

hashes_of() { # FILE WIDTH: the first hashes of a tile, a line each
    head -c $((32 * $2)) "$1" | od -An -v -tx1 -w32 | tr -d ' '
}

pair() { # FILE: lines that are hashes become those of the nodes above them, two and two (RFC 6962 section 2.1)
    rm -f "$work"/p.*
    sed 'N;s/\n//;s/^/01/' "$1" | tr a-f A-F | basenc --base16 -d | split -b 65 -a 4 -d - "$work/p."
    sha256sum "$work"/p.* | cut -c 1-64 >"$work/g"
    mv "$work/g" "$1"
}

fold_full() { # what the full tiles in $work/full give, to $work/up
    if [ -s "$work/full" ]; then
        for _ in 1 2 3 4 5 6 7 8; do pair "$work/full"; done
        cat "$work/full" >>"$work/up"
        : >"$work/full"
    fi
}

fold() { # folds the hashes in $work/f to one; the last of an odd number goes up as it is
    lines=$(wc -l <"$work/f")
    while [ "$lines" -gt 1 ]; do
        sed -n "$((lines / 2 * 2 + 1))p" "$work/f" >"$work/odd"
        sed "$((lines / 2 * 2 + 1))d" "$work/f" >"$work/even"
        pair "$work/even"
        cat "$work/even" "$work/odd" >"$work/f"
        lines=$(wc -l <"$work/f")
    done
}

# 1. The signature: of this key, over exactly the first three lines.
key_name=${vkey%%+*} rest=${vkey#*+}
key_id=${rest%%+*} key=${rest#*+}
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000' && printf %s "$key" | base64 -d | tail -c 32; } >"$work/key"
head -n 3 checkpoint >"$work/body"
size=$(sed -n 2p checkpoint) root=$(sed -n 3p checkpoint)
[ "$(sed -n 1p checkpoint)" = "$key_name" ] || fail "the checkpoint is of another log"
sed '1,4d' checkpoint >"$work/lines"
{ cat "$work/body" && echo && cat "$work/lines"; } | cmp -s - checkpoint || fail "the checkpoint has not three lines and an empty one"
[ -z "$(sed '/^\xe2\x80\x94 [^ ][^ ]* [A-Za-z0-9+/][A-Za-z0-9+/]*=*$/d' "$work/lines" | tr '\0' 0)" ] &&
    [ "$(tail -c 1 checkpoint | hex)" = 0a ] || fail "a line of the checkpoint is not a signature"
signatures=0
while read -r _ who line; do
    [ "$who" = "$key_name" ] || continue
    printf %s "$line" | base64 -d >"$work/c" 2>/dev/null || fail "a signature is not base64"
    [ "$(base64 -w 0 <"$work/c")" = "$line" ] || fail "a signature is not canonical base64"
    [ "$(head -c 4 "$work/c" | hex)" = "$key_id" ] || continue
    tail -c +5 "$work/c" >"$work/s"
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$work/body" -sigfile "$work/s" \
        >"$work/said" 2>&1 || fail "the signature is wrong"
    signatures=$((signatures + 1))
done <"$work/lines"
[ "$signatures" -eq 1 ] || fail "the checkpoint is not signed by this key, once"

# 2. Entries against the hashes of level 0.
missing='' frames='' ranges=''

split_bundle() { # FILE FIRST WIDTH KEPT: entries to $work/e.NNNN behind a byte 0; counts empty places in `empty`, `drop` deletes their lines
    state=high at=0 empty=0 drop=
    for byte in $(od -An -v -to1 "$1"); do
        case $state in
        body)
            entry=$entry\\$byte left=$((left - 1))
            [ ${#entry} -lt 4000 ] || { printf "$entry" >>"$out" && entry=; }
            [ "$left" -gt 0 ] && continue
            printf "$entry" >>"$out"
            at=$((at + 1)) state=high
            ;;
        high)
            [ "$at" -lt "$3" ] || { [ "$exact" = 0 ] || fail "$1 goes on behind its end" && return; }
            left=$((0$byte * 256)) state=low
            ;;
        low)
            left=$((left + 0$byte)) state=kind entry=\\000 out=$work/e.$((1000 + at))
            [ "$left" -gt 0 ] && continue
            [ "$4" = 1 ] || fail "entry $(($2 + at)) is empty"
            missing="$missing $(($2 + at))" empty=$((empty + 1)) at=$((at + 1)) state=high drop="$drop${at}d;"
            ;;
        kind)
            entry=$entry\\$byte left=$((left - 1)) state=body
            case $byte in
            004) frames="$frames $(($2 + at))" ;;
            017) prunes="$prunes $out" ;;
            2?? | 3??) blobs="$blobs $out" ;;
            esac
            [ "$left" -gt 0 ] && continue
            printf "$entry" >>"$out"
            at=$((at + 1)) state=high
            ;;
        esac
    done
    [ "$state $at" = "high $3" ] || fail "$1 is cut short"
}

check_blob() { # ENTRY: the record of a reference is in the file that its hash names
    digest=$(tail -c 32 "$1" | hex)
    length=$((0x$(for i in 8 7 6 5 4 3 2 1; do head -c $((2 + i)) "$1" | tail -c 1; done | hex)))
    [ "$(wc -c <"$1")" -eq 42 ] && [ -e "blob/$digest" ] && [ "$(wc -c <"blob/$digest")" -eq "$length" ] &&
        [ "$(sha256sum <"blob/$digest")" = "$digest  -" ] || fail "blob/$digest is not what its entry says"
}

n=0
while [ $((256 * n)) -lt "$size" ]; do
    width=$((size - 256 * n))
    [ "$width" -lt 256 ] || width=256
    rm -f "$work"/e.*
    prunes='' blobs='' kept=0
    find_tile entries $n $width
    if [ $width -eq 256 ] && [ ! -e "$file" ] && [ -e "kept/$name" ]; then file=kept/$name kept=1; fi
    [ -e "$file" ] || fail "$file is missing"
    split_bundle "$file" $((256 * n)) $width $kept
    for entry in $prunes; do
        ranges="$ranges $(tail -c +3 "$entry" | sed 's/{/\n{/g' |
            sed -n 's/^{"first":\([0-9]*\),"end":\([0-9]*\),"count":\([0-9]*\)}.*/\1,\2,\3/p')"
    done
    for entry in $blobs; do check_blob "$entry"; done
    find_tile 0 $n $width
    [ -e "$file" ] || fail "$file is missing"
    hashes_of "$file" $width | sed "$drop" >"$work/tile"
    [ "$empty" -eq "$width" ] || sha256sum "$work"/e.* | cut -c 1-64 | cmp -s - "$work/tile" || fail "$file is not that of its entries"
    n=$((n + 1))
done

# 3. Every hash against the one above it, and the right edge against the root.
: >"$work/carry" && : >"$work/full"
level=0 count=$size
while [ "$count" -gt 0 ]; do
    : >"$work/up" && : >"$work/right" && : >"$work/here"
    n=0
    while [ $((256 * n)) -lt "$count" ]; do
        width=$((count - 256 * n))
        [ "$width" -lt 256 ] || width=256
        find_tile $level $n $width
        bytes=$(wc -c <"$file") || fail "$file is missing"
        [ "$bytes" -ge $((32 * width)) ] && { [ $exact = 0 ] || [ "$bytes" -eq $((32 * width)) ]; } ||
            fail "$file has not $width hashes"
        hashes_of "$file" $width >"$work/t"
        cat "$work/t" >>"$work/here"
        if [ $width -eq 256 ]; then cat "$work/t" >>"$work/full"; else mv "$work/t" "$work/right"; fi
        n=$((n + 1))
        [ $((n % 64)) -ne 0 ] || fold_full
    done
    fold_full
    # What the full tiles of the level below give is what this one must hold.
    [ $level -eq 0 ] || cmp -s "$work/below" "$work/here" || fail "the tiles of level $level are not those of the level below"
    mv "$work/up" "$work/below"
    cat "$work/right" "$work/carry" >"$work/f"
    [ ! -s "$work/f" ] || fold
    mv "$work/f" "$work/carry"
    level=$((level + 1)) count=$((count / 256))
done
[ "$size" -gt 0 ] || sha256sum </dev/null | cut -c 1-64 >"$work/carry"
[ "$(tr a-f A-F <"$work/carry" | basenc --base16 -d -i | base64)" = "$root" ] || fail "the root of the entries is not the signed one"

# 4. Nothing is missing but what records of pruning name, and in their ranges nothing else.
count_in() { # FIRST END INDEX...: sets `count`
    first=$1 end=$2 count=0
    shift 2
    for index; do [ "$index" -lt "$first" ] || [ "$index" -ge "$end" ] || count=$((count + 1)); done
}
explained=0
for range in $ranges; do
    first=${range%%,*} last=${range##*,}
    end=${range#*,} end=${end%,*}
    count_in "$first" "$end" $missing $frames
    [ $count -eq "$last" ] || fail "in the pruned range from $first other entries are missing than were pruned"
done
for index in $missing; do
    for range in $ranges; do
        end=${range#*,}
        if [ "$index" -ge "${range%%,*}" ] && [ "$index" -lt "${end%,*}" ]; then explained=$((explained + 1)) && break; fi
    done
done
set -- $missing
[ $explained -eq $# ] || fail "an entry is missing and no record says that it was pruned"
echo "VERIFIED: $size entries, $# of them pruned, root $root"
