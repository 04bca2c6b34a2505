#!/usr/bin/env python3
"""The browser's journeys against the real program: starts the demo and hands its address over.

usage: browser_real.py LEEWARD RUN_SH TEST_FILE
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402


def main(program, run_sh, test_file):
    share = Path(program).resolve().parent / "../share/demo.jsonl"
    if not share.exists():
        print("skipped: the demo's recording is not there (tools/setup/assets.sh makes it)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(program, folder, arguments=["--demo", "--data", f"{folder}/data"])
        env = dict(os.environ, LEEWARD_URL=f"http://{daemon.address}",
                   LEEWARD_OPERATOR_TOKEN=daemon.tokens["operator"],
                   LEEWARD_OBSERVER_TOKEN=daemon.tokens["observer"])
        try:
            return subprocess.run(["sh", run_sh, test_file], env=env).returncode
        finally:
            daemon.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
