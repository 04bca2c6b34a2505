#!/bin/sh
# Makes a bundle, follows its own instructions in an empty folder with openssl and coreutils alone,
# and alters it in many ways, each of which must be found.
# Usage: test_bundle.sh LEEWARD CASES [TAMPERINGS]
set -eu
leeward=$(realpath "$1") cases=$(realpath "$2") tamperings=${3:-200}
here=$(cd "$(dirname "$0")" && pwd)
for tool in openssl python3 sha256sum base64; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $*" >&2 && exit 1; }

"$leeward" watch --zones "$cases/square.geojson" --feed "file:$cases/through.jsonl" --out events \
    --journal j 2>/dev/null
incident=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' events | head -n 1)
# A witness signs the journal's head, so that the bundle carries its signature.
. "$here/attest.sh"
attest "$leeward" j . || fail "cosign, or a stamp of a stranger was taken"
key=$witness_key
"$leeward" verify --tsa-ca tsa/ca.pem j | grep -q '^stamped   ' || fail "the journal's time stamp"
"$leeward" verify --tsa-ca tsa/stranger.pem j >/dev/null 2>&1 && fail "a stamp of a stranger"
"$leeward" verify --witness "$key" j >/dev/null || fail "verify of the attested head"
"$leeward" bundle "$incident" -o case.zip j >/dev/null || fail "bundle"
"$leeward" verify --witness "$key" case.zip | grep -q '^witness   example.org/w, at ' || fail "witness"
"$leeward" verify --tsa-ca tsa/ca.pem case.zip | grep -q '^stamped   ' || fail "the time stamp"
"$leeward" verify --tsa-ca tsa/stranger.pem case.zip >/dev/null 2>&1 && fail "a stamp of a stranger"
other=example.com/other+$(printf %s "$key" | sed 's/^[^+]*+//')
"$leeward" verify --witness "$other" case.zip >/dev/null 2>&1 && fail "a witness that is none"
"$leeward" verify case.zip | grep -q '^result    verified' || fail "verify"
"$leeward" verify --key "$(cat j/keys/journal.vkey)" case.zip | grep -q 'verified$' || fail "key"
"$leeward" replay case.zip | grep -q 'every decision is the same' || fail "replay"
"$leeward" bundle 0123456789abcdef -o no.zip j 2>no && fail "an incident that is not there"
[ ! -e no.zip ] || fail "a bundle of nothing"
"$leeward" watch --zones "$cases/square.geojson" --feed "file:$cases/through.jsonl" --out other \
    --journal k 2>/dev/null
"$leeward" verify --key "$(cat k/keys/journal.vkey)" case.zip >/dev/null 2>&1 && fail "wrong key"

# The PDF is the same for the same records, and its text comes out, also in Arabic.
sed 's/"name":"A square"/"name":{"en":"Old Harbour","ar":"حي الميناء القديم"}/' "$cases/square.geojson" >named.geojson
"$leeward" watch --zones named.geojson --feed "file:$cases/through.jsonl" --out named --journal n 2>/dev/null
named=$(sed -n 's/.*"incident":"\([0-9a-f]*\)".*/\1/p' named | head -n 1)
for copy in one two; do
    "$leeward" bundle "$named" -o $copy.zip n >/dev/null || fail "bundle with names"
    python3 -c 'import sys, zipfile; open(sys.argv[2], "wb").write(zipfile.ZipFile(sys.argv[1]).read("report.pdf"))' \
        $copy.zip $copy.pdf
done
cmp one.pdf two.pdf || fail "two PDFs of one incident differ"
if command -v pdftotext >/dev/null; then
    pdftotext -layout one.pdf pdf.txt 2>pdf.err || fail "pdftotext: $(cat pdf.err)"
    [ ! -s pdf.err ] || fail "pdftotext finds fault: $(cat pdf.err)"
    for words in "Incident $named" "Old Harbour" "حي الميناء القديم" "It does not prove" "Timeline" "icao24:4b1815"; do
        grep -q "$words" pdf.txt || fail "the PDF does not say $words"
    done
    pdftotext -l 1 one.pdf - | grep -q "What this proves" || fail "page 1 does not say what it proves"
else
    echo "pdftotext is not installed: the PDF's text is not looked at"
fi

# The README's steps, with nothing of ours on the path.
mkdir bin folder
for tool in openssl sha256sum base64 sed head tail cat cmp mktemp rm mv cut printf sh od tr; do
    ln -s "$(command -v "$tool")" "bin/$tool" 2>/dev/null || true
done
python3 -c 'import sys, zipfile; zipfile.ZipFile("case.zip").extractall("folder")'
(cd folder && env -i PATH="$work/bin" TMPDIR="$work" sh verify.sh >../said) || fail "verify.sh: $(cat said)"
grep -q '^VERIFIED: ' said || fail "verify.sh said $(cat said)"
(cd folder && env -i PATH="$work/bin" TMPDIR="$work" sh verify.sh "$key" >../said) \
    || fail "verify.sh with a witness: $(cat said)"
grep -q '^WITNESS: example.org/w at ' said || fail "verify.sh said $(cat said)"
(cd folder && env -i PATH="$work/bin" TMPDIR="$work" TSA_CA="$work/tsa/ca.pem" sh verify.sh >../said) \
    || fail "verify.sh with a time stamp: $(cat said)"
grep -q '^STAMPED: ' said || fail "verify.sh said $(cat said)"
(cd folder && TSA_CA="$work/tsa/stranger.pem" sh verify.sh >../said 2>&1) && fail "a stamp of a stranger"
(cd folder && head -n 5 checkpoint >../signed &&
    openssl ts -verify -data ../signed -in checkpoint.0.tsr -CAfile ../tsa/ca.pem >/dev/null 2>&1) \
    || fail "the time stamp by hand"
wrong=$(printf %s "$key" | tr 'A-Z' 'B-ZA')
(cd folder && sh verify.sh "$wrong" >../said 2>&1) && fail "verify.sh took another witness's key"
(cd folder && env -i PATH="$work/bin" openssl pkey -pubin -in log.pub.pem -outform DER \
    | env -i PATH="$work/bin" openssl dgst -sha256 >/dev/null) || fail "the fingerprint"
(cd folder && sed '/^$/q' checkpoint | head -n 3 >../body &&
    sed -n '5s/.* //p' checkpoint | base64 -d | tail -c 64 >../sig &&
    openssl pkeyutl -verify -pubin -inkey log.pub.pem -rawin -in ../body -sigfile ../sig) >/dev/null \
    || fail "the signature by hand"
# An altered entry, with sums made anew, is not included.
entry=$(ls folder/entries/*.entry | head -n 1)
cp -r folder forged
printf x >>"forged/${entry#folder/}"
(cd forged && find . -type f ! -name SHA256SUMS -printf '%P\n' | xargs sha256sum >SHA256SUMS)
(cd forged && sh verify.sh >../said 2>&1) && fail "verify.sh took an altered entry"
grep -q 'NOT INCLUDED' said || fail "verify.sh said $(cat said)"

python3 "$here/tamper_bundle.py" "$leeward" case.zip "$tamperings" || fail "tampering"
