"""Real tracks against real zones, engine and oracle: run_real.py ORACLE_REAL DATA_FOLDER."""
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Zones of the countries where the traffic flew; "stars": drawn on the traffic by the program.
CASES = [
    (["opensky/traffic_rega_sg.json.gz", "opensky/traffic_zurich_airport.json.gz"],
     ["openair/CH-switzerland-airspace-feet.txt", "openair/CH-switzerland-wildlife-feet.txt"]),
    (["opensky/traffic_luberon.json.gz", "opensky/traffic_samu31.json.gz"],
     ["openair/FR-planeurnet-2026-07-30.txt"]),
    (["opensky/traffic_inflight_refuelling.json.gz"],
     ["openair/UK_Airspace_2019_02_28.txt", "openair/FR-planeurnet-2026-07-30.txt"]),
    (["opensky/traffic_noisy_spoofing.json.gz"], ["openair/CZ-ASP-National-XCSoar.txt"]),
    (["aircraft_json/adsb_actions_grid_*.jsonl.gz"], ["stars"]),
    (["opensky/traffic_calfire.json.gz"], ["stars"]),
    (["opensky/traffic_border_control.json.gz"], ["stars"]),
]


def main():
    program, data = sys.argv[1:3]
    if not os.path.isdir(data):
        print("skipped: no folder of recorded data")
        return 77
    failed = False
    for tracks, zones in CASES:
        files = [name for track in tracks for name in sorted(glob.glob(os.path.join(data, track)))]
        zone_files = [z if z == "stars" else os.path.join(data, z) for z in zones]
        if not files or not all(z == "stars" or os.path.exists(z) for z in zone_files):
            print("skipped:", tracks)
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as reports:
            subprocess.run([sys.executable, os.path.join(HERE, "to_reports.py"), *files],
                           stdout=reports, check=True)
            reports.flush()
            result = subprocess.run([program, reports.name, *zone_files])
            failed |= result.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
