#!/usr/bin/env python3
"""Writes the wheel of leeward: the files of python/leeward and libleeward.so, and nothing built.

    python/build_wheel.py LIBLEEWARD.SO [FOLDER]

The same input gives the same bytes. Prints the path of the wheel.
"""
import base64
import hashlib
import sys
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSION = (HERE.parent / "VERSION").read_text().strip()


def wheel_tag():
    """Of this machine: the library needs its C library or a newer one, and no other."""
    return "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def contents(library):
    info = f"leeward-{VERSION}.dist-info"
    files = {f"leeward/{path.name}": path.read_bytes()
             for path in sorted((HERE / "leeward").glob("*.py"))}
    files["leeward/libleeward.so"] = Path(library).read_bytes()
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: leeward\nVersion: {VERSION}\n"
        "Summary: Which zones hold these points: exact, and at memory speed\n"
        "Requires-Python: >=3.9\nRequires-Dist: numpy\n"
        "Description-Content-Type: text/markdown\n\n" + (HERE / "README.md").read_text("utf-8")
    ).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: leeward build_wheel.py\nRoot-Is-Purelib: false\n"
        f"Tag: {wheel_tag()}\n").encode()
    files[f"{info}/LICENSE"] = (HERE.parent / "LICENSE").read_bytes()
    record = "".join(record_line(name, content) for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return files


def build_wheel(library, folder="."):
    path = Path(folder) / f"leeward-{VERSION}-{wheel_tag()}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents(library).items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return path


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("usage: build_wheel.py LIBLEEWARD.SO [FOLDER]")
    print(build_wheel(*sys.argv[1:]))
