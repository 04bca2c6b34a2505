#!/usr/bin/env python3
"""The daemon has its heads signed by witnesses, and goes on when they hang, die or contradict it.

usage: test_witness.py LEEWARD. Three witnesses: one answers, one accepts connections and says nothing, one is not
there. Then the whole data folder is put back to an older copy, which only a witness can notice.
"""
import atexit
import base64
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402


def start_authority(folder):
    """Stamps by RFC 3161, made of `openssl ts`; its URL."""
    tool = Path(__file__).resolve().parent.parent / "outlet/tsa.py"
    folder.mkdir()
    subprocess.run([sys.executable, tool, "make", folder], check=True)
    process = subprocess.Popen([sys.executable, tool, "serve", folder], stdout=subprocess.PIPE, text=True)
    atexit.register(process.kill)
    return process.stdout.readline().strip()


class Witness:
    def __init__(self, program, folder, logs, name=None):
        self.arguments = [program, "witness", "--data", str(folder), "--listen", "127.0.0.1:0"]
        self.arguments += (["--name", name] if name else []) + (["--log", *logs] if logs else [])
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.key = self.process.stdout.readline().split()[1]
        self.url = self.process.stdout.readline().split()[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def key_of(program, folder):
    """A witness's key exists before anybody asks it."""
    witness = Witness(program, folder, [], f"example.org/{folder.name}")
    witness.stop()
    return witness.key


def metric(daemon, name):
    return int(re.search(rf"^{name} (\d+)$", daemon.get("/metrics").decode(), re.M)[1])


def verified(program, journal, *keys):
    call = [program, "verify", *(word for key in keys for word in ("--witness", key)), str(journal)]
    return subprocess.run(call, capture_output=True, text=True)


def check_sealed(program, journal, folder, witness):
    """Where the observer stood is in no entry and in no bundle that leaves it out, and all proofs hold."""
    place = b"51.5123456"
    telling = [path for path in journal.rglob("*") if path.is_file() and place in path.read_bytes()]
    assert [path.parent.name for path in telling] == ["sealed"], telling
    # The incident of the last event: its bundle goes as far as the journal does, behind the sighting.
    subprocess.run([program, "replay", str(journal), "--events", str(folder / "all")], check=True,
                   stdout=subprocess.DEVNULL)
    incident = json.loads((folder / "all").read_text().splitlines()[-1])["incident"]
    whole, redacted = folder / "whole.zip", folder / "redacted.zip"
    for path, words in ((whole, []), (redacted, ["--redact", "lat,lon,t_us"])):
        subprocess.run([program, "bundle", incident, "-o", str(path), *words, str(journal)], check=True,
                       stdout=subprocess.DEVNULL)
    values = zipfile.ZipFile(whole).read("sealed.txt").decode().splitlines()
    assert any(place in base64.b64decode(line.split()[3]) for line in values), values
    kept = zipfile.ZipFile(redacted).read("sealed.txt").decode().splitlines()
    stays = ("key", "by")  # of identifiers, and who told: not asked for
    assert kept == [line for line in values if line.split()[2] in stays] and len(values) == len(kept) + 3, kept
    said = verified(program, redacted, witness)
    assert said.returncode == 0 and "3 left out" in said.stdout, said
    said = subprocess.run([program, "replay", str(whole)], capture_output=True, text=True)
    assert said.returncode == 0, said
    said = subprocess.run([program, "replay", str(redacted)], capture_output=True, text=True)
    assert said.returncode == 1 and "left out" in said.stderr, said
    refused = subprocess.run([program, "bundle", incident, "-o", str(redacted), "--redact", "places", str(journal)],
                             capture_output=True)
    assert refused.returncode == 2, refused


def main(program):
    folder = Path(tempfile.mkdtemp(prefix="leeward-witness-"))
    traffic = Traffic(400, 2, speed_deg_s=0.01)
    (folder / "zones.geojson").write_text(json.dumps(zones(200)))
    hanging = socket.create_server(("127.0.0.1", 0))
    keys = {name: key_of(program, folder / name) for name in ("good", "hangs", "gone")}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = {
        "zones": [str(folder / "zones.geojson")], "attest_every_s": 1,
        "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"],
        "witnesses": [{"url": f"http://127.0.0.1:{hanging.getsockname()[1]}", "key": keys["hangs"]},
                      {"url": f"http://127.0.0.1:{port}/", "key": keys["gone"]}]}
    daemon = Daemon(program, folder, config)
    atexit.register(lambda: daemon.process.kill())
    tokens = dict(daemon.tokens)  # told once
    journal = folder / "data/journal"
    log_key = (journal / "keys/journal.vkey").read_text().strip()
    # Nobody signs: the watch goes on, and the failures are counted.
    assert daemon.wait_for(lambda d: metric(d, "leeward_witness_failures_total") >= 2)
    before = metric(daemon, "leeward_journal_records")
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_records") > before + 5)
    assert metric(daemon, "leeward_witness_signatures_total") == 0
    assert not (journal / "attested").exists()
    daemon.stop()

    good = Witness(program, folder / "good", [log_key])
    config["witnesses"].insert(1, {"url": good.url, "key": good.key})
    if shutil.which("openssl"):
        config["time_stamps"] = [{"url": start_authority(folder / "tsa"), "ca_file": str(folder / "tsa/ca.pem")}]
        config["time_stamp_every_s"] = 2
    (folder / "config.json").write_text(json.dumps(config))
    daemon.start()
    assert daemon.wait_for(lambda d: metric(d, "leeward_witness_signatures_total") >= 3)
    incident = daemon.wait_for(lambda d: next(
        iter(d.get_json("/api/v1/incidents")["incidents"]), None))
    assert incident
    observer = {"lat": 51.5123456, "lon": 7.6543217, "what": "jet", "how": "heard"}
    daemon.post("/api/v1/sightings", observer, tokens["observer"])
    signed = metric(daemon, "leeward_witnessed_records")
    assert daemon.wait_for(lambda d: metric(d, "leeward_witnessed_records") > signed)
    told = daemon.get_json("/api/v1/status")["journal"]["witnesses"]
    assert [w["contradicts"] for w in told] == [False] * 3 and told[1]["records"] > 0, told
    assert "reason" in told[0] and "reason" in told[2] and "reason" not in told[1], told

    if "time_stamps" in config:
        assert daemon.wait_for(lambda d: metric(d, "leeward_time_stamps_total") >= 2)
        assert metric(daemon, "leeward_time_stamp_failures_total") == 0

    # Everything of that moment is put aside, and the log goes on, signed.
    daemon.stop()
    shutil.copytree(folder / "data", folder / "older")
    said = verified(program, journal, good.key)
    assert said.returncode == 0 and "witness   example.org/good, at " in said.stdout, said
    assert verified(program, journal, keys["hangs"]).returncode == 1
    daemon.start()
    end = signed + 200
    assert daemon.wait_for(lambda d: metric(d, "leeward_witnessed_records") > end, 60)
    traffic.stop()
    time.sleep(1)
    end = metric(daemon, "leeward_journal_records")
    assert daemon.wait_for(lambda d: metric(d, "leeward_witnessed_records") > end, 60)
    daemon.kill()

    # A head that covers the incident and was signed soon after it is in the journal itself.
    bundle = folder / "case.zip"
    subprocess.run([program, "bundle", incident["incident"], "-o", str(bundle), str(journal)], check=True,
                   stdout=subprocess.DEVNULL)
    said = verified(program, bundle, good.key)
    assert said.returncode == 0 and "witness   example.org/good" in said.stdout, said
    check_sealed(program, journal, folder, good.key)
    if "time_stamps" in config:
        said = subprocess.run([program, "verify", "--tsa-ca", str(folder / "tsa/ca.pem"), str(bundle)],
                              capture_output=True, text=True)
        assert said.returncode == 0 and "stamped   20" in said.stdout, said
    replay = subprocess.run([program, "replay", str(journal)], capture_output=True, text=True)
    assert replay.returncode == 0, replay

    # The older copy verifies by itself and opens; the witness has seen more.
    shutil.rmtree(folder / "data")
    shutil.copytree(folder / "older", folder / "data")
    assert verified(program, journal).returncode == 0
    daemon.start()
    assert daemon.wait_for(lambda d: metric(d, "leeward_witness_contradictions") == 1)
    told = daemon.get_json("/api/v1/status")["journal"]["witnesses"][1]
    assert told["contradicts"] and re.search("restored|two histories", told["reason"]), told
    assert daemon.wait_for(lambda d: any("contradicts this journal" in line for line in d.log)), daemon.log
    daemon.stop()
    good.stop()
    shutil.rmtree(folder)
    print("witnesses: signed, hanging, gone, and a restored copy noticed")


if __name__ == "__main__":
    main(sys.argv[1])
