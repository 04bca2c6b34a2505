"""The stream/tile38 case: reports in over a socket, crossings read back over another, end to end.

Ours is `leeward serve`: report lines over TCP, events over WebSocket, every event durable before it is
told. The peer is what is put together today for it: Redis keeps the places (GEOADD) and PostGIS says
which fences hold them (ST_Covers with a GiST index), both asked in batches of 200 over TCP, and this
script keeps each target's fences to tell who entered. (Tile38 itself is not to be had from the
registries that this was written with.) Returns None with a message where a part is missing.
"""
import json
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from wsclient import Closed, WebSocket  # noqa: E402 (the path is set above)

SEED, FENCES, TARGETS, CORNERS = 20260701, 1000, 2000, 32
OURS, PEERS, BATCH = 200_000, 10_000, 200
MARK = ("icao24:ffffff", "mark")


def fences():
    """Star-like rings over 10 x 10 degrees, longitude first; and one apart, for the last report."""
    rng = random.Random(SEED)
    rings = {}
    for n in range(FENCES):
        lat, lon, radius = rng.uniform(40, 50), rng.uniform(0, 10), rng.uniform(.03, .4)
        rings[f"f{n}"] = [[round(lon + r * math.cos(a), 7), round(lat + r * math.sin(a), 7)]
                          for k in range(CORNERS) for a in [2 * math.pi * k / CORNERS]
                          for r in [radius * rng.uniform(.6, 1)]]
    rings[MARK[1]] = [[20, 20], [21, 20], [21, 21], [20, 21]]
    return rings


def reports(count):
    """(target, lat, lon) of flights that report every second."""
    rng = random.Random(SEED + 1)
    fleet = [[rng.uniform(40, 50), rng.uniform(0, 10), rng.uniform(0, 2 * math.pi)]
             for _ in range(TARGETS)]
    for i in range(count):
        one = fleet[i % TARGETS]
        if rng.random() < .01:
            one[2] += rng.uniform(-1, 1)
        one[0] += .002 * math.sin(one[2])
        one[1] += .002 * math.cos(one[2])
        if not (40 <= one[0] <= 50 and 0 <= one[1] <= 10):
            one[2] += math.pi
        yield f"icao24:{0x400000 + i % TARGETS:06x}", round(one[0], 7), round(one[1], 7)


def begin_us():
    """When the flights began: just now, as the daemon's clock is the wall's."""
    return int((time.time() - OURS / TARGETS - 5) * 1e6)


def line(from_us, number, target, lat, lon):
    return (f'{{"t_us":{from_us + number * 1_000_000 // TARGETS},"target":"{target}","source":"adsb",'
            f'"lat":{lat:.7f},"lon":{lon:.7f},"alt_baro_ft":5000}}\n')


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(what, process, seconds=30):
    for _ in range(seconds * 10):
        if process.poll() is not None:
            break
        try:
            return what()
        except OSError:
            time.sleep(.1)
    raise RuntimeError("a server did not come up")


# --- ours -----------------------------------------------------------------------------------------


def zone_file(path, rings):
    watch = {"look_ahead_s": 0, "warning_time_s": 0, "lateral_margin_m": 0, "vertical_margin_ft": 0,
             "confirm": 1, "hold": 0, "lost_after_s": 600}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": name,
         "geometry": {"type": "Polygon", "coordinates": [ring + ring[:1]]},
         "properties": {"kind": "restricted", "name": name, "lower": "SFC", "upper": "UNL",
                        "watch": watch}} for name, ring in rings.items()]}))


def listen(port, entered):
    """Reads events until the one of the last report; fills `entered` with (target, fence, t_us).
    On a busy machine the server may end the stream of a reader that is too slow: it comes back, as
    it is told to, for what follows."""
    after = 0
    while True:
        client = WebSocket(port, f"/api/v1/stream?after={after}", timeout=300)
        try:
            while True:
                event = client.message().get("event")
                if not isinstance(event, dict):
                    continue
                after = event["seq"]
                if event.get("event") not in ("entered", "present"):
                    continue
                entered.append((event["target"], event["zone"], event["t_us"]))
                if event["target"] == MARK[0]:
                    return
        except Closed as closed:
            if closed.code != 1013:
                raise


def run_ours(leeward, rings, folder):
    zone_file(folder / "zones.geojson", rings)
    listener, port = socket.create_server(("127.0.0.1", 0)), free_port()
    (folder / "config.json").write_text(json.dumps({
        "listen": f"127.0.0.1:{port}", "data": str(folder / "data"),
        "zones": [str(folder / "zones.geojson")],
        "feeds": [f"tcp://127.0.0.1:{listener.getsockname()[1]}?format=report_jsonl&name=bench"]}))
    from_us = begin_us()
    data = "".join(line(from_us, i, *report) for i, report in enumerate(reports(OURS)))
    data += line(from_us, OURS, MARK[0], 20.5, 20.5)
    with open(folder / "log", "w", encoding="utf-8") as log:
        daemon = subprocess.Popen([leeward, "serve", "--config", folder / "config.json"],
                                  stdout=log, stderr=log)
    try:
        status = f"http://127.0.0.1:{port}/api/v1/status"
        wait_for(lambda: urllib.request.urlopen(status, timeout=2).read(), daemon)
        entered = []
        reader = threading.Thread(target=listen, args=(port, entered))
        reader.start()
        connection, _ = listener.accept()
        start = time.monotonic()
        connection.sendall(data.encode())
        reader.join(300)
        took = time.monotonic() - start
        connection.close()
        if reader.is_alive() or not entered or entered[-1][0] != MARK[0]:
            raise RuntimeError("the last report's event did not come")
        return OURS / took, from_us, entered
    finally:
        daemon.terminate()
        daemon.wait(30)


# --- Redis and PostGIS ----------------------------------------------------------------------------


def find_postgres():
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if list((folder.parent.parent.parent.parent / "share" / "postgresql"
                 / folder.parent.name / "extension").glob("postgis.control")):
            return folder
    return None


def missing():
    lacks = [] if shutil.which("redis-server") else ["redis-server"]
    lacks += [] if find_postgres() else ["postgresql with postgis"]
    return lacks


class Redis:
    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL)
        self.socket = wait_for(lambda: socket.create_connection(("127.0.0.1", self.port)),
                               self.process)
        self.file = self.socket.makefile("rb")

    def put(self, batch):
        words = ["GEOADD", "fleet"]
        for target, lat, lon in batch:
            words += [str(lon), str(lat), target]
        self.socket.sendall(f"*{len(words)}\r\n".encode()
                            + b"".join(f"${len(w)}\r\n{w}\r\n".encode() for w in words))
        answer = self.file.readline()
        if not answer.startswith(b":"):
            raise RuntimeError(f"redis: {answer}")


class PostGis:
    def __init__(self, folder, rings):
        self.bin, self.folder, self.port = find_postgres(), folder / "pg", free_port()
        self.folder.mkdir()
        self.user = []
        if os.getuid() == 0:  # it refuses to run as root
            shutil.chown(self.folder, "postgres")
            os.chmod(folder, 0o755)
            self.user = ["runuser", "-u", "postgres", "--"]
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run([*self.user, self.bin / "initdb", "-D", self.folder, "-A", "trust", "-U",
                        "bench"], **quiet)
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c jit=off"
        subprocess.run([*self.user, self.bin / "pg_ctl", "-D", self.folder, "-w", "-o", options, "-l",
                        self.folder / "log", "start"], **quiet)
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-F", " ", "-v", "ON_ERROR_STOP=1",
             f"host=127.0.0.1 port={self.port} user=bench dbname=postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.ask("SET client_min_messages=error; CREATE EXTENSION postgis;"
                 "CREATE TABLE fences (id text, shape geometry(Polygon, 4326));")
        for name, ring in rings.items():
            points = ",".join(f"{lon:.7f} {lat:.7f}" for lon, lat in ring + ring[:1])
            self.psql.stdin.write(f"INSERT INTO fences VALUES ('{name}',"
                                  f"ST_GeomFromText('POLYGON(({points}))', 4326));\n")
        self.ask("CREATE INDEX ON fences USING gist (shape); ANALYZE fences;"
                 "PREPARE which (float8[], float8[]) AS SELECT p.n, f.id FROM "
                 "unnest($1, $2) WITH ORDINALITY AS p (lon, lat, n) JOIN fences f ON "
                 "ST_Covers(f.shape, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326));")

    def ask(self, sql):
        self.psql.stdin.write(sql + "\n\\echo .\n")
        self.psql.stdin.flush()
        rows = []
        while (row := self.psql.stdout.readline()) != ".\n":
            if not row:
                raise RuntimeError("psql ended")
            rows.append(row)
        return rows

    def which(self, batch):
        lons = ",".join(str(lon) for _, _, lon in batch)
        lats = ",".join(str(lat) for _, lat, _ in batch)
        held = [set() for _ in batch]
        for row in self.ask(f"EXECUTE which ('{{{lons}}}', '{{{lats}}}');"):
            number, fence = row.split()
            held[int(number) - 1].add(fence)
        return held

    def stop(self):
        self.psql.stdin.close()
        self.psql.wait(10)
        subprocess.run([*self.user, self.bin / "pg_ctl", "-D", self.folder, "-m", "fast", "stop"],
                       stdout=subprocess.DEVNULL, cwd="/", check=False)


def run_peer(rings, folder):
    redis, postgis = Redis(folder), None
    try:
        postgis = PostGis(folder, rings)
        told = list(reports(PEERS))
        inside, entered = {}, []
        start = time.monotonic()
        for at in range(0, PEERS, BATCH):
            batch = told[at:at + BATCH]
            redis.put(batch)
            for i, held in enumerate(postgis.which(batch)):
                target = batch[i][0]
                for fence in held - inside.get(target, set()):
                    entered.append((target, fence, at + i))
                inside[target] = held
        return PEERS / (time.monotonic() - start), entered
    finally:
        redis.process.terminate()
        redis.process.wait(10)
        if postgis:
            postgis.stop()


def measure(leeward, rounds):
    """[(ours, peer)] in reports a second, a pair a round; None where it cannot be had."""
    lacks = missing()
    if lacks or not leeward:
        print("stream/tile38: left out, not installed:", ", ".join(lacks) or "leeward",
              file=sys.stderr)
        return None
    rings, figures = fences(), []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}: stream/tile38", file=sys.stderr)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            peer, theirs = run_peer(rings, folder)
            ours, from_us, entered = run_ours(leeward, rings, folder)
        last_us = from_us + (PEERS - 1) * 1_000_000 // TARGETS
        seen = {(target, fence) for target, fence, t_us in entered if t_us <= last_us}
        wanted = {(target, fence) for target, fence, _ in theirs}
        if seen != wanted:
            raise RuntimeError(f"stream: {len(seen ^ wanted)} of {len(wanted)} entries differ: "
                               f"{sorted(seen ^ wanted)[:3]}")
        figures.append((ours, peer))
    return figures


if __name__ == "__main__":
    print(measure(str(ROOT / "build" / "release" / "leeward"), 1))
