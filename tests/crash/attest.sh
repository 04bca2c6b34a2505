# Sourced: has a witness of ours and a time stamp authority of OpenSSL sign the head of a journal.
# usage: attest LEEWARD JOURNAL FOLDER; FOLDER/tsa/ca.pem and stranger.pem are left, and $witness_key.
attest_here=$(cd "$(dirname "$0")" && pwd)

attest_started() { # FILE WORD PID: waits until a server has said where it listens
    for _ in $(seq 1 60); do grep -q "$2" "$1" 2>/dev/null && return; sleep 0.2; done
    echo "it did not start: $(cat "$1")" >&2 && exit 1
}

attest() {
    mkdir "$3/tsa"
    "$1" witness --data "$3/w" --name example.org/w --listen 127.0.0.1:0 --log "$(cat "$2/keys/journal.vkey")" \
        >"$3/witness.out" &
    attest_witness=$!
    python3 "$attest_here/../outlet/tsa.py" make "$3/tsa"
    python3 "$attest_here/../outlet/tsa.py" serve "$3/tsa" >"$3/tsa.out" &
    attest_tsa=$!
    attest_started "$3/witness.out" listens
    attest_started "$3/tsa.out" http
    witness_key=$(sed -n 's/^witness  *//p' "$3/witness.out")
    attest_url=$(sed -n 's/^listens  *//p' "$3/witness.out")
    attest_status=0
    "$1" cosign "$2" --witness "$witness_key=$attest_url" --tsa "$(cat "$3/tsa.out")" \
        --tsa-ca "$3/tsa/stranger.pem" >/dev/null 2>&1 && attest_status=1
    "$1" cosign "$2" --witness "$witness_key=$attest_url" --tsa "$(cat "$3/tsa.out")" \
        --tsa-ca "$3/tsa/ca.pem" >/dev/null || attest_status=2
    kill $attest_witness $attest_tsa
    wait $attest_witness $attest_tsa || true
    return $attest_status
}
