"""run_example.py EXPECTED INPUT PROGRAM [ARGUMENT…]: standard output must be EXPECTED, status 0."""
import difflib
import subprocess
import sys
from pathlib import Path


def main():
    expected = Path(sys.argv[1]).read_text("utf-8")
    with open(sys.argv[2], "rb") as given:
        run = subprocess.run(sys.argv[3:], stdin=given, capture_output=True, timeout=60)
    out = run.stdout.decode()
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), out.splitlines(True),
                                               "expected", "printed"))
    if run.returncode:
        print(f"status {run.returncode}: {run.stderr.decode()}")
    return 0 if out == expected and run.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
