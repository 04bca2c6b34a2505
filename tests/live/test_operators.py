#!/usr/bin/env python3
"""What drones say of the people who fly them: nowhere, unless it is asked for; then sealed, and disclosed of one
incident's drone alone.

usage: test_operators.py LEEWARD. One drone is heard by Wi-Fi (a capture) and flies into a zone, one comes as JSON of the
network; both say where their operators are, and who. Everything that a daemon writes or answers is searched for it."""
import base64
import hashlib
import json
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from daemon import Daemon  # noqa: E402
from wsclient import Closed, WebSocket  # noqa: E402

ZONE = {"type": "FeatureCollection", "features": [{
    "type": "Feature", "id": "z1",
    "geometry": {"type": "Polygon", "coordinates": [[[8, 47], [9, 47], [9, 47.5], [8, 47.5], [8, 47]]]},
    "properties": {"kind": "no_fly", "name": "Z", "lower": "SFC", "upper": "UNL"}}]}
# Of the one in the zone, and of the other: the place, and the registration.
OPERATORS = {"SERIAL-A": (471234567, 87654321, "CHE87astrdge12k8"), "SERIAL-B": (462345678, 76543219, "FIN99zyxwvut1234")}


class Server:
    """Sends what `pieces` makes to whoever connects, five a second."""

    def __init__(self, pieces):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    for piece in pieces():
                        self.request.sendall(piece)
                        time.sleep(0.2)
                except OSError:
                    pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def capture():
    """A beacon with a pack of four messages (ASTM F3411-22a tables 4 to 9)."""
    lat_e7, lon_e7, name = OPERATORS["SERIAL-A"]
    yield struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 105)
    for i in range(10000):
        messages = [struct.pack("<BB20s3x", 0x02, 0x12, b"SERIAL-A"),
                    struct.pack("<BBBBbiiHHHBBHx", 0x12, 0x20, 0, 40, 0, 473000000 + 1000 * i, 85000000, 0, 2474, 0, 0x3a,
                                0, 0xffff) + b"\0",
                    struct.pack("<BBiiHBHHBHI", 0x42, 1, lat_e7, lon_e7, 0, 0, 0, 0, 0, 2861, 0) + b"\0",
                    struct.pack("<BB20s3x", 0x52, 0, name.encode())]
        assert all(len(message) == 25 for message in messages), [len(message) for message in messages]
        pack = struct.pack("<BBB", 0xf2, 25, len(messages)) + b"".join(messages)
        element = b"\xfa\x0b\xbc\x0d" + bytes([i % 256]) + pack
        packet = b"\x80" + bytes(9) + bytes.fromhex("84cca8604324") + bytes(8) + bytes(12)
        packet += b"\xdd" + bytes([len(element)]) + element
        yield struct.pack("<IIII", int(time.time()), 0, len(packet), len(packet)) + packet


def network():
    lat_e7, lon_e7, name = OPERATORS["SERIAL-B"]
    for i in range(10000):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        # Its operator moves: of that no more than a record a minute.
        yield (json.dumps({"id": "f1", "details": {
            "serial_number": "SERIAL-B", "operator_id": name,
            "operator_location": {"lat": lat_e7 / 1e7, "lng": round(lon_e7 / 1e7 + 1e-7 * i, 7)}},
            "current_state": {"timestamp": now, "position": {"lat": 46.3, "lng": 7.6, "alt": 500},
                              "track": 10, "speed": 3}}) + "\n").encode()


def zigzag(value):
    value = value << 1 if value >= 0 else (-value << 1) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def forms(drone):
    """Everything that a value could look like: text, numbers of each kind, hexadecimal and base64."""
    lat_e7, lon_e7, name = OPERATORS[drone]
    found = [name.encode(), name.encode().hex().encode(), base64.b64encode(name.encode())[:16]]
    for value in (lat_e7, lon_e7):
        if drone == "SERIAL-B" and value == lon_e7:
            found += [f"{value / 1e7:.7f}"[:7].encode()]  # it moves
            continue
        raw = struct.pack("<i", value)
        found += [f"{value / 1e7:.7f}".encode(), str(value).encode(), raw, raw[::-1], raw.hex().encode(),
                  raw[::-1].hex().encode(), struct.pack("<d", value / 1e7), struct.pack(">d", value / 1e7), zigzag(value)]
    return found


def telling(content, drone):
    return [form for form in forms(drone) if form in content]


def files_that_tell(folder, drone):
    return {path: telling(path.read_bytes(), drone) for path in sorted(folder.rglob("*"))
            if path.is_file() and telling(path.read_bytes(), drone)}


def answers(daemon):
    """All that is to be had from the port, the live stream too."""
    incidents = daemon.get_json("/api/v1/incidents?state=all")["incidents"]
    paths = ["status", "zones", "tracks", "incidents?state=all", "events?after=0&limit=1000", "warnings", "sightings",
             "inhibitions", "permits", "qnh?lat=47&lon=8", "search?q=SERIAL&kind=incidents", "search?q=CHE87&kind=tracks",
             f"tracks?at={time.time_ns() // 1000 - 2000000}"]
    paths += [f"incidents/{one['incident']}{tail}" for one in incidents for tail in ("", "/why")]
    paths = ["/api/v1/" + path for path in paths]
    paths += ["/feeds/cap.atom", "/metrics", "/data/aircraft.json", "/data/receiver.json", "/healthz"]
    out = b""
    for path in paths:
        for token in (None, daemon.tokens.get("custodian")):
            try:
                out += daemon.get(path, token)
            except OSError as refused:  # some answer later, or not at all; what they say counts all the same
                out += refused.read() if hasattr(refused, "read") else b""
    stream = WebSocket(int(daemon.address.split(":")[1]), "/api/v1/stream?after=0", timeout=1)
    end = time.monotonic() + 2
    try:
        while time.monotonic() < end:
            out += stream.frame()[2]
    except (Closed, OSError):
        pass
    return incidents, out


def config_of(folder, servers):
    return {"zones": [str(folder / "zones.geojson")],
            "feeds": [f"tcp://127.0.0.1:{server.port}?format=remote_id&name=feed{i}" for i, server in enumerate(servers)]}


def has_both(daemon):
    names = {track["target"] for track in daemon.get_json("/api/v1/tracks")["tracks"]}
    incidents = daemon.get_json("/api/v1/incidents?state=all")["incidents"]
    return {"rid:SERIAL-A", "rid:SERIAL-B"} <= names and incidents


def run(program, folder, config):
    daemon = Daemon(program, folder, config)
    assert daemon.wait_for(has_both), daemon.log
    time.sleep(3)
    incidents, said = answers(daemon)
    assert daemon.stop() == 0, daemon.log
    said += "\n".join(daemon.log).encode()
    assert b"rid:SERIAL-A" in said and b"rid:SERIAL-B" in said
    for drone in OPERATORS:
        assert telling(said, drone) == [], (drone, telling(said, drone))
    return incidents, said


def call(*words, status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == status, (words, done.stdout, done.stderr)
    for drone in OPERATORS:
        assert telling((done.stdout + done.stderr).encode(), drone) == [], (words, drone)
    return done.stdout + done.stderr


def values_of(path):
    """Salt and value of each, out of a file of sealed/."""
    content, at, out = path.read_bytes(), 0, []
    while at < len(content):
        length = struct.unpack_from("<H", content, at)[0]
        out.append((content[at + 2:at + 34], content[at + 34:at + 2 + length]))
        at += 2 + length
    return out


def check_commitments(journal, path):
    """Each value of the file is one that the log commits to, by the rule of docs/formats/journal.md."""
    log = b"".join(one.read_bytes() for one in (journal / "tile/entries").rglob("*") if one.is_file())
    names = ("operator_lat", "operator_lon", "operator_alt_hae_m", "operator_id")
    for salt, value in values_of(path):
        made = [hashlib.sha256(b"leeward/field/v1" + name.encode() + salt + value).digest() for name in names]
        assert any(name.encode() + digest in log for name, digest in zip(names, made)), (path, value)


def check_bundles(program, folder, incident, journal):
    case, told = folder / "case.zip", folder / "told.zip"
    call(program, "bundle", incident, "-o", case, journal)
    said = call(program, "bundle", incident, "-o", told, "--disclose", "operator_lat,operator_id", journal)
    assert "left out" in said, said
    call(program, "bundle", incident, "-o", folder / "no.zip", "--disclose", "lat", journal, status=2)
    sealed = {}
    for path in (case, told):
        archive = zipfile.ZipFile(path)
        lines = archive.read("sealed.txt").decode().splitlines()
        sealed[path] = {line.split()[2]: base64.b64decode(line.split()[3])[32:].decode("latin-1") for line in lines}
        for drone in OPERATORS:
            for name in archive.namelist():
                content = archive.read(name)
                content += b"".join(base64.b64decode(line.split()[3]) for line in lines) if name == "sealed.txt" else b""
                wanted = path == told and drone == "SERIAL-A" and name == "sealed.txt"
                assert bool(telling(content, drone)) == wanted, (path, drone, name)
        assert "result    verified" in call(program, "verify", path)
        assert "every decision is the same" in call(program, "replay", path)
    lat_e7, _, name = OPERATORS["SERIAL-A"]
    shown = {key: value for key, value in sealed[told].items() if key.startswith("operator")}
    assert shown == {"operator_lat": f"{lat_e7 / 1e7:.7f}", "operator_id": name}, shown
    assert not any(key.startswith("operator") for key in sealed[case])


def check_sealed(program, folder, config):
    incidents, said = run(program, folder, {**config, "seal_drone_operators": True})
    assert b"seal_drone_operators" in said and b"leeward_drone_operators_sealed_total 2" in said, said[-2000:]
    journal = folder / "data/journal"
    holding = {drone: files_that_tell(folder / "data", drone) for drone in OPERATORS}
    for drone, files in holding.items():
        # One record each: nothing of the first changed, and of the second less than a minute has passed.
        assert len(files) == 1 and all(path.parent == journal / "sealed" for path in files), (drone, files)
        check_commitments(journal, next(iter(files)))
    lat_e7, lon_e7, name = OPERATORS["SERIAL-A"]
    wanted = [f"{lat_e7 / 1e7:.7f}", f"{lon_e7 / 1e7:.7f}", "430.5", name]
    got = [value.decode() for _, value in values_of(next(iter(holding["SERIAL-A"])))]
    assert got == wanted, (got, wanted)
    check_bundles(program, folder, incidents[0]["incident"], journal)
    assert "result    verified" in call(program, "verify", journal)
    assert "every decision is the same" in call(program, "replay", journal)
    crash = HERE.parent / "crash"
    call(sys.executable, crash / "verify_tlog.py", journal)
    call("sh", crash / "verify_journal.sh", journal)
    # Destroyed values leave every proof as it was, and nothing rests on them.
    files = {path for held in holding.values() for path in held}
    others = set((journal / "sealed").iterdir()) - files
    assert "destroyed 0\n" in call(program, "journal", "forget-operators", "--days", "1", journal)
    assert "destroyed 2 would be" in call(program, "journal", "forget-operators", "--days", "0", "--dry-run", journal)
    assert all(path.exists() for path in files)
    assert "destroyed 2\n" in call(program, "journal", "forget-operators", "--days", "0", journal)
    assert set((journal / "sealed").iterdir()) == others != set()
    assert "destroyed 0\n" in call(program, "journal", "forget-operators", "--days", "0", journal)
    assert "result    verified" in call(program, "verify", journal)
    assert "every decision is the same" in call(program, "replay", journal)
    for path in (folder / "data/snapshot").glob("state*"):
        path.unlink()
    again = Daemon(program, folder, {**config, "seal_drone_operators": True})
    assert again.wait_for(has_both)
    assert again.stop() == 0, again.log
    bad = [line for line in again.log if "journal" in line and ("not here" in line or "damage" in line)]
    assert not bad, bad
    assert "every decision is the same" in call(program, "replay", journal)


def main(program):
    servers = [Server(capture), Server(network)]
    with tempfile.TemporaryDirectory() as name:
        for what in ("off", "on"):
            folder = Path(name) / what
            folder.mkdir()
            (folder / "zones.geojson").write_text(json.dumps(ZONE))
            config = config_of(folder, servers)
            if what == "on":
                check_sealed(program, folder, config)
                continue
            _, said = run(program, folder, config)
            assert b"seal_drone_operators" not in said and b"drone_operators_sealed" not in said
            for drone in OPERATORS:
                assert files_that_tell(folder, drone) == {}, files_that_tell(folder, drone)
            log = b"".join(one.read_bytes() for one in (folder / "data/journal").rglob("*") if one.is_file())
            assert b"operator_lat" not in log and b"operator_id" not in log
    print("operators: nowhere without the option; with it sealed, and told of one drone when asked")


main(sys.argv[1])
