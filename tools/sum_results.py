#!/usr/bin/env python3
"""Adds up the steps and ctest results below a folder; prints 'N passed, N failed, N skipped'."""
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(folder):
    passed = failed = skipped = 0
    for path in sorted(Path(folder).glob("*.step")):
        if path.read_text().strip() == "passed":
            passed += 1
        else:
            failed += 1
            print(f"failed: {path.stem}")
    for path in sorted(Path(folder).glob("*.xml")):
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            status = case.get("status")
            if status == "run":
                passed += 1
            elif status in ("notrun", "disabled") or case.find("skipped") is not None:
                skipped += 1
                print(f"skipped: {path.stem} {case.get('name')}")
            else:
                failed += 1
                print(f"failed: {path.stem} {case.get('name')}")
    if passed + failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
