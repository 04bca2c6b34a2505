"""Turns recorded traffic of the shared data into report lines (design.md, "Report line").

usage: to_reports.py [--ground] FILE...   opensky/*.json.gz or readsb JSON lines (.jsonl.gz); sorted by time. --ground: with on_ground where it was said.
"""
import gzip
import json
import sys


def opensky(text):
    data = json.loads(text)
    if isinstance(data, dict):  # columns of {row: value}
        rows = sorted(next(iter(data.values())), key=int)
        data = [{key: column[row] for key, column in data.items()} for row in rows]
    for row in data:
        if row.get("latitude") is None or row.get("longitude") is None:
            continue
        yield {
            "t_us": int(row["timestamp"]) * 1000,
            "hex": row["icao24"],
            "lat": row["latitude"],
            "lon": row["longitude"],
            "alt": row.get("altitude"),
            "speed": row.get("groundspeed"),
            "track": row.get("track"),
            "rate": row.get("vertical_rate"),
            "ground": row.get("onground"),
        }


def readsb(text):
    for line in text.splitlines():
        row = json.loads(line)
        if "lat" not in row or "now" not in row:
            continue
        altitude = row.get("alt_baro")
        yield {
            "t_us": int(round(row["now"] * 1e6)),
            "hex": row["hex"],
            "lat": row["lat"],
            "lon": row["lon"],
            "alt": altitude if isinstance(altitude, (int, float)) else None,
            "speed": row.get("gs", row.get("gscp")),
            "track": row.get("track"),
            "rate": row.get("baro_rate"),
        }


def line_of(row, with_ground):
    out = {
        "t_us": row["t_us"],
        "target": "icao24:" + row["hex"],
        "source": "adsb",
        "lat": round(row["lat"], 7),
        "lon": round(row["lon"], 7),
    }
    if row["alt"] is not None:
        out["alt_baro_ft"] = int(round(row["alt"]))
    if row["speed"] is not None and row["speed"] >= 0:
        out["speed_ground_kt"] = round(row["speed"], 3)
    if row["track"] is not None and 0 <= row["track"] < 360:
        out["track_deg"] = round(row["track"], 3)
    if row["rate"] is not None:
        out["vertical_rate_fpm"] = int(round(row["rate"]))
    if row.get("ground") and with_ground:
        out["on_ground"] = True
    return json.dumps(out)


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    return opensky(text) if path.endswith(".json.gz") else readsb(text)


def main():
    paths = sys.argv[1:]
    with_ground = paths[:1] == ["--ground"]
    rows = [row for path in paths[with_ground:] for row in rows_of(path)]
    rows.sort(key=lambda row: row["t_us"])  # stable: equal times keep the order of the files
    for row in rows:
        print(line_of(row, with_ground))


if __name__ == "__main__":
    main()
