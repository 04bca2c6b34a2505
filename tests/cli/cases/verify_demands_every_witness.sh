"$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" --journal j --out /dev/null 2>/dev/null
python3 - <<'PY'
# A witness made of openssl and the standard library.
import base64, hashlib, subprocess
open("k", "wb").write(bytes.fromhex("302e020100300506032b657004220420") + bytes(range(32)))
openssl = lambda *a: subprocess.run(["openssl", *a], check=True, capture_output=True).stdout
public = openssl("pkey", "-inform", "DER", "-in", "k", "-pubout", "-outform", "DER")[-32:]
name, t = b"witness.example/w1", 1679315147
key_id = hashlib.sha256(name + b"\n\x04" + public).digest()[:4]
note = open("j/checkpoint", "rb").read()
open("m", "wb").write(b"cosignature/v1\ntime %d\n" % t + note[:note.index(b"\n\n") + 1])
signature = openssl("pkeyutl", "-sign", "-keyform", "DER", "-inkey", "k", "-rawin", "-in", "m")
line = "\u2014 ".encode() + name + b" " + base64.b64encode(key_id + t.to_bytes(8, "big") + signature) + b"\n"
open("cosigned", "wb").write(note + line)
open("vkey", "wb").write(name + b"+" + key_id.hex().encode() + b"+" + base64.b64encode(b"\x04" + public))
PY
"$leeward" verify --witness "$(cat vkey)" j | tail -n 1
cp cosigned j/checkpoint
"$leeward" verify --witness "$(cat vkey)" j | grep -o "^witness.*\|verified"
"$leeward" verify --witness "$(cat j/keys/journal.vkey)" j || echo "not a witness"
