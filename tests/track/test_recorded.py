"""Recorded flights through the judgement of tracks: the spoofed one is found, the clean ones are
left alone.

usage: test_recorded.py TRACK_JUDGE SHARED_DATA
"""
import collections
import pathlib
import subprocess
import sys

import recorded

SKIPPED = 77
GAP_US = 3600 * 1000000
SPOOFED = "traffic_noisy_spoofing.json.gz"
# "bad timestamps": its own source calls it noisy, so it is told apart.
NOISY = "traffic_noisy_time_issue.json.gz"


def judge(program, rows):
    rows = sorted(rows, key=lambda row: row["t_us"])
    text = "\n".join(recorded.line(row) for row in rows) + "\n"
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return rows, [line.split() for line in done.stdout.splitlines()]


def flights_of(rows):
    """Flights of at least ten fixes: a target until it is silent for an hour."""
    times = collections.defaultdict(list)
    for row in rows:
        if row["lat"] is not None:
            times[row["hex"]].append(row["t_us"])
    flights = collections.defaultdict(list)
    for name, heard in times.items():
        start = 0
        for i in range(1, len(heard) + 1):
            if i == len(heard) or heard[i] - heard[i - 1] > GAP_US:
                if i - start >= 10:
                    flights[name].append((heard[start], heard[i - 1]))
                start = i
    return flights


def suspects_of(flights, lines):
    found = {}
    for words in lines:
        if words[0] == "doubt" and words[3] == "suspect":
            name = words[1].removeprefix("icao24:").removesuffix("@2")
            for flight in flights.get(name, []):
                if flight[0] <= int(words[2]) <= flight[1]:
                    found.setdefault((name, flight), words[2:])
    return found


def sources(data):
    for path in sorted((data / "opensky").glob("*.json.gz")):
        if path.name != SPOOFED:
            yield path.name, list(recorded.opensky(path))
    yield "grid", list(recorded.readsb(data / "aircraft_json/adsb_actions_grid_20250601_36_-122.jsonl.gz"))
    yield "20minutes", list(recorded.readsb(data / "aircraft_json/adsb_actions/20minutes.json"))
    traces = [data / "aircraft_json/readsb_trace_full_ac671b.json"]
    traces += sorted((data / "aircraft_json/readsb_traces_2023-08-20").glob("*.json"))
    yield "traces", [row for path in traces for row in recorded.trace(path)]


def clean_flights_are_left_alone(program, data):
    flights_count = 0
    suspects = []
    for name, rows in sources(data):
        rows, lines = judge(program, rows)
        flights = flights_of(rows)
        count = sum(len(each) for each in flights.values())
        found = suspects_of(flights, lines)
        print(f"{name}: {len(rows)} rows, {count} flights, {len(found)} suspect")
        for key, words in found.items():
            print("   ", key, " ".join(words))
        if name != NOISY:
            flights_count += count
            suspects += found
    share = 1000 * len(suspects) / flights_count
    print(f"{flights_count} flights, {len(suspects)} suspect: {share:.1f} in 1,000")
    return flights_count >= 600 and share <= 2.0


def the_spoofed_flight_is_found_by_the_first_fix_after_each_long_gap(program, data):
    rows = list(recorded.opensky(data / "opensky" / SPOOFED))
    rows, lines = judge(program, rows)
    doubted = sorted(int(words[2]) for words in lines if words[0] == "doubt")
    last = None
    gaps = []
    for row in rows:
        if row["lat"] is None:
            continue
        place = (row["lat"], row["lon"])
        if last and place != last[0] and row["t_us"] - last[1] > 600e6:
            gaps.append((last[1], row["t_us"]))
        if not last or place != last[0]:
            last = (place, row["t_us"])
    for words in lines[:1] + lines[-2:]:
        print("   ", " ".join(words))
    anew = [min((t for t in doubted if t > gap[0]), default=None) for gap in gaps[:1]]
    # The second gap ends in a true place again, far from the false one: found by that very fix.
    reacquired = [int(w[2]) for w in lines if w[0] == "doubt" and "reacquired_elsewhere" in w]
    print("gaps", gaps, "doubted first", anew, "reacquired", reacquired)
    return len(gaps) == 2 and doubted[0] == anew[0] <= gaps[0][1] and reacquired == [gaps[1][1]]


def main():
    program, data = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (data / "opensky").is_dir():
        print("skipped: no recordings at", data)
        return SKIPPED
    failed = 0
    for test in (
        clean_flights_are_left_alone,
        the_spoofed_flight_is_found_by_the_first_fix_after_each_long_gap,
    ):
        good = test(program, data)
        print("ok  " if good else "FAIL", test.__name__)
        failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
