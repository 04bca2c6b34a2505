"""Recorded traffic as lines for track_judge (judge.c)."""
import gzip
import json


def text_of(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")


def columns_to_rows(data):
    rows = sorted(next(iter(data.values())), key=int)
    return [{key: column[row] for key, column in data.items()} for row in rows]


def opensky(path):
    """State vectors, one row a second; positions repeat while none is heard."""
    data = json.loads(text_of(path))
    for row in columns_to_rows(data) if isinstance(data, dict) else data:
        yield {
            "t_us": int(row["timestamp"]) * 1000,
            "hex": row["icao24"],
            "lat": row.get("latitude"),
            "lon": row.get("longitude"),
            "alt": row.get("altitude"),
            "speed": row.get("groundspeed"),
            "track": row.get("track"),
            "rate": row.get("vertical_rate"),
        }


def readsb(path):
    for line in text_of(path).splitlines():
            row = json.loads(line)
            if "lat" not in row or "now" not in row or "hex" not in row:
                continue
            more = row.get("flightdict") or {}
            kind = more.get("type", "adsb")
            yield {
                "t_us": int(round(row["now"] * 1e6)),
                "hex": row["hex"],
                "lat": row["lat"],
                "lon": row["lon"],
                "alt": row.get("alt_baro"),
                "speed": row.get("gs", row.get("gscp")),
                "track": row.get("track"),
                "rate": row.get("baro_rate"),
                "category": row.get("category"),
                "nic": more.get("nic"),
                "nac_p": more.get("nac_p"),
                "source": "mlat" if kind == "mlat" else "tisb" if kind.startswith("tisb") else "adsb",
            }


def trace(path):
    """A readsb trace: a list of points with their own fields by position."""
    data = json.loads(text_of(path))
    for point in data["trace"]:
        more = point[8] if len(point) > 8 and point[8] else {}
        kind = str(more.get("type", "adsb"))
        yield {
            "t_us": int(round((data["timestamp"] + point[0]) * 1e6)),
            "hex": data["icao"],
            "lat": point[1],
            "lon": point[2],
            "alt": point[3],
            "speed": point[4],
            "track": point[5],
            "rate": point[7],
            "category": more.get("category"),
            "nic": more.get("nic"),
            "nac_p": more.get("nac_p"),
            "source": "mlat" if kind == "mlat" else "tisb" if kind.startswith("tisb") else "adsb",
        }


def numeric(value, scale=1):
    return str(int(round(value * scale))) if isinstance(value, (int, float)) else "-"


def line(row):
    placed = isinstance(row["lat"], (int, float)) and isinstance(row["lon"], (int, float))
    speed = row["speed"] if isinstance(row["speed"], (int, float)) and row["speed"] >= 0 else None
    track = row["track"]
    track = track % 360 if isinstance(track, (int, float)) else None
    return " ".join(
        [
            str(row["t_us"]),
            row["hex"],
            numeric(row["lat"], 1e7) if placed else "-",
            numeric(row["lon"], 1e7) if placed else "-",
            numeric(row["alt"]),
            numeric(speed, 1000),
            numeric(track, 1000),
            numeric(row["rate"]),
            row.get("category") or "-",
            numeric(row.get("nic")),
            numeric(row.get("nac_p")),
            row.get("source", "adsb"),
        ]
    )
