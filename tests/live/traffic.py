"""Made-up aircraft that fly to and fro over made-up zones, as report lines over TCP."""
import json
import math
import socketserver
import threading
import time


def zones(count, spacing_deg=0.2, half_deg=0.05):
    """Squares on a grid around 50 N 10 E; every tenth protects people."""
    side = math.ceil(math.sqrt(count))
    features = []
    for i in range(count):
        lat = 45 + spacing_deg * (i // side)
        lon = 5 + spacing_deg * (i % side)
        ring = [[lon + dx * half_deg, lat + dy * half_deg]
                for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
        properties = {"kind": "no_fly", "name": f"Zone {i}", "lower": "SFC", "upper": "UNL"}
        if i % 10 == 0:
            properties["protects"] = "a village"
        features.append({"type": "Feature", "id": f"zone-{i}", "properties": properties,
                         "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return {"type": "FeatureCollection", "features": features}


def write_places(path, count=200):
    """A village in each zone that protects people."""
    lines = []
    for feature in zones(count)["features"][::10]:
        lon, lat = feature["geometry"]["coordinates"][0][0]
        lines.append(f"{round((lat + 0.05) * 1e7)}\t{round((lon + 0.05) * 1e7)}\t1200\tXX\t"
                     f"Village {feature['id']}\n")
    path.write_text("".join(lines))


class Traffic:
    """Serves `aircraft` targets, each with `rate_hz` reports a second, to whoever connects."""

    def __init__(self, aircraft, rate_hz, span_deg=6.0, speed_deg_s=0.002):
        self.aircraft, self.rate_hz = aircraft, rate_hz
        self.span_deg, self.speed_deg_s = span_deg, speed_deg_s
        self.sent = 0
        self.stopped = threading.Event()
        self.paused = threading.Event()  # while set, nothing is sent
        traffic = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    traffic.serve(self.request)
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def line(self, i, now):
        phase = (i * 0.6180339887) % 1.0
        along = ((now % 100000) * self.speed_deg_s + phase * 2 * self.span_deg) % (2 * self.span_deg)
        east = along < self.span_deg
        lon = 5 + (along if east else 2 * self.span_deg - along)
        lat = 45 + self.span_deg * ((i * 0.7548776662) % 1.0)
        speed_kt = self.speed_deg_s * 60 * 3600 * math.cos(math.radians(lat))
        report = {"t_us": int(now * 1e6), "target": f"icao24:{0x700000 + i:06x}", "source": "adsb",
                  "lat": round(lat, 6), "lon": round(lon, 6), "alt_baro_ft": 5000,
                  "speed_ground_kt": round(speed_kt, 1), "track_deg": 90 if east else 270}
        return json.dumps(report, separators=(",", ":")) + "\n"

    def serve(self, connection):
        """Spreads the reports evenly over the second, twenty slices each."""
        slices = 20
        start = time.monotonic()
        step = 0
        while not self.stopped.is_set():
            due = start + step / (slices * self.rate_hz)
            time.sleep(max(0.0, due - time.monotonic()))
            now = time.time()
            members = range(step % slices, self.aircraft, slices)
            step += 1
            if self.paused.is_set():
                continue
            connection.sendall("".join(self.line(i, now) for i in members).encode())
            self.sent += len(members)

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
