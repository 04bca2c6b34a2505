#!/bin/sh
# Checks a bundle by following its own README, step by step, in a root that holds openssl, a shell and
# coreutils and nothing else: no program of ours, no network, no files of this machine.
# Usage: clean_root.sh LEEWARD CASES. Skipped (77) where not root.
set -eu
leeward=$(realpath "$1") cases=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "skipped: a root of its own needs root" && exit 77; }
for tool in openssl python3 chroot ldd; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2 && exit 1; }

# What the README names: OpenSSL 3, a POSIX shell, coreutils, sed; cmp stands beside coreutils.
root=$work/root
mkdir -p "$root/bin" "$root/tmp" "$root/dev"
mknod "$root/dev/null" c 1 3 2>/dev/null || : >"$root/dev/null"
libraries() { ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'; }
for tool in sh openssl sha256sum base64 sed head tail cat cmp mktemp rm mv cut od tr; do
    path=$(command -v "$tool") || { echo "skipped: $tool is not installed" && exit 77; }
    cp -L "$path" "$root/bin/$tool"
    for library in $(libraries "$path"); do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
done
# `openssl ts` does not run without its own configuration.
conf=$(openssl version -d | sed 's/.*"\(.*\)"/\1/')/openssl.cnf
mkdir -p "$root$(dirname "$conf")"
cp -L "$conf" "$root$conf"
[ ! -e "$root/bin/leeward" ] || fail "our program is in the root"
chroot=$(command -v chroot)
inside() { env -i PATH=/bin TMPDIR=/tmp "$chroot" "$root" /bin/sh -c "cd /case && $1"; }

"$leeward" watch --zones "$cases/square.geojson" --feed "file:$cases/through.jsonl" --out "$work/events" \
    --journal "$work/j" 2>/dev/null
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' "$work/events" | head -n 1)
# Others sign too: a witness, and an authority that stamps the time.
. "$here/attest.sh"
attest "$leeward" "$work/j" "$work" || fail "cosign, or a stamp of a stranger was taken"
"$leeward" bundle "$incident" -o "$work/case.zip" "$work/j" >/dev/null || fail "bundle"
unpack() {
    rm -rf "$root/case"
    python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$work/case.zip" "$root/case"
}
unpack

# The commands as the README has them: what stands after "with: ", after "2. ", and the lines of step 3.
readme=$root/case/README.txt
step1=$(sed -n 's/.*compare it with: //p' "$readme")
step2=$(sed -n 's/^2\. \(sh verify.sh\)$/\1/p' "$readme")
step3=$(sed -n '/^3\. /,/^$/p' "$readme" | sed '/^4\. /,$d' | sed -n 's/^   //p')
[ -n "$step1" ] && [ -n "$step2" ] && [ -n "$step3" ] || fail "the README has no steps any more"
[ "$(printf '%s\n' "$step3" | wc -l)" = 3 ] || fail "step 3 has other lines than expected: $step3"

# The fingerprint comes from somebody else: here from the key in the journal.
want=$("$leeward" verify "$work/case.zip" >/dev/null && openssl pkey -pubin -in "$root/case/log.pub.pem" \
    -outform DER | openssl dgst -sha256)
have=$(inside "$step1") || fail "step 1 does not run: $step1"
[ "$have" = "$want" ] || fail "step 1 says $have, not $want"
said=$(inside "$step2" 2>&1) || fail "step 2: $said"
case $said in VERIFIED:*) ;; *) fail "step 2 says $said" ;; esac
said3=$(inside "set -e
$step3" 2>&1) || fail "step 3: $said3"
case $said3 in *"Verified Successfully"*) ;; *) fail "step 3 says $said3" ;; esac

# Steps 4 and 5: whom to trust comes from somebody else, as text and as a file.
step4=$(sed -n '/^4\. /,/^5\. /s/.*: \(sh verify\.sh\) KEY\.\.\. checks.*/\1/p' "$readme")
step5=$(sed -n '/^5\. /,/^$/s/^   \(head .*\|openssl .*\)$/\1/p' "$readme")
step5_short=$(sed -n '/^5\. /,/^$/s/.* \(TSA_CA=CA.pem sh verify.sh\) does.*/\1/p' "$readme")
[ -n "$step4" ] && [ "$(printf '%s\n' "$step5" | wc -l)" = 2 ] && [ -n "$step5_short" ] \
    || fail "the README has no steps 4 and 5 any more: $step4 / $step5 / $step5_short"
said4=$(inside "$step4 '$witness_key'" 2>&1) || fail "step 4: $said4"
case $said4 in "WITNESS: example.org/w at "*VERIFIED:*) ;; *) fail "step 4 says $said4" ;; esac
strange=example.com/w+${witness_key#*+}
inside "$step4 '$strange'" >"$work/out" 2>&1 && fail "step 4 takes a witness that has not signed"
forged=$(printf %s "$witness_key" | tr A-Z B-ZA)
inside "$step4 '$forged'" >"$work/out" 2>&1 && fail "step 4 takes another key of the witness"
cp "$work/tsa/ca.pem" "$root/case/CA.pem"
said5=$(inside "set -e
$step5" 2>&1) || fail "step 5: $said5"
case $said5 in *"Verification: OK"*) ;; *) fail "step 5 says $said5" ;; esac
said5=$(inside "$step5_short" 2>&1) || fail "step 5 by the script: $said5"
case $said5 in STAMPED:*VERIFIED:*) ;; *) fail "step 5 by the script says $said5" ;; esac
cp "$work/tsa/stranger.pem" "$root/case/CA.pem"
inside "set -e
$step5" >"$work/out" 2>&1 && fail "step 5 takes a stamp of a stranger"
inside "$step5_short" >"$work/out" 2>&1 && fail "the script takes a stamp of a stranger"

# What was tampered with fails there too, whatever is altered, also where the sums were made anew.
sums() { (cd "$root/case" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >SHA256SUMS); }
found=0
refuse() { # NAME COMMAND: alters the case; step 2 must say no
    unpack
    (cd "$root/case" && eval "$2")
    inside "$step2" >"$work/out" 2>&1 && fail "step 2 takes $1: $(cat "$work/out")"
    found=$((found + 1))
}
entry=$(cd "$root/case" && ls entries/*.entry | head -n 1)
refuse_others() { # NAME COMMAND: alters the case; step 2 takes it, for it does not look at others, and steps 4 or 5 must not
    unpack
    (cd "$root/case" && eval "$2")
    cp "$work/tsa/ca.pem" "$root/case/CA.pem"
    inside "$step2" >"$work/out" 2>&1 || fail "step 2 does not take $1: $(cat "$work/out")"
    inside "TSA_CA=CA.pem $step4 '$witness_key'" >"$work/out" 2>&1 && fail "steps 4 and 5 take $1"
    found=$((found + 1))
}
refuse "an altered report" 'printf x >>report.html'
refuse "an altered entry" "printf x >>$entry"
refuse "an altered entry with new sums" "printf x >>$entry; sums"
refuse "another size with new sums" "sed -i '2s/\$/0/' checkpoint; sums"
refuse "another root with new sums" "sed -i '3s/./A/;3s/./B/2' checkpoint; sums"
refuse "another signature with new sums" "sed -i '5s/ [^ ]*\$/ AAAA/' checkpoint; sums"
refuse "a missing proof" "rm ${entry%.entry}.tlog-proof; sums"
refuse "entries that changed places" "set -- entries/*.entry; mv \$1 t; mv \$2 \$1; mv t \$2; sums"
openssl genpkey -algorithm ED25519 2>/dev/null | openssl pkey -pubout >"$work/other.pem"
refuse "another key with new sums" "cp $work/other.pem log.pub.pem; sums"
refuse_others "a witness's line with another time" "sed -i '6s/\$/A/;6s/ \\(......\\)./ \\1Z/' checkpoint; for p in entries/*.tlog-proof; do
    { sed '/^\$/q' \$p; cat checkpoint; } >t && mv t \$p; done; sums"
refuse_others "no line of the witness" "sed -i 6d checkpoint; for p in entries/*.tlog-proof; do
    { sed '/^\$/q' \$p; cat checkpoint; } >t && mv t \$p; done; sums"
refuse_others "an altered time stamp" "printf x | dd of=checkpoint.0.tsr bs=1 seek=300 conv=notrunc 2>/dev/null; sums"
echo "a clean root: 5 steps of the README hold, $found tamperings are found"
