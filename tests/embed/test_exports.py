"""test_exports.py HEADERS LIBRARY SANITIZERS: the library shows the functions of the installed
headers, all of them and nothing else, and needs nothing but the C library."""
import re
import subprocess
import sys
from pathlib import Path


def declared(folder):
    names = set()
    for path in Path(folder).glob("*.h"):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
        text = re.sub(r"^\s*#(?:.*\\\n)*.*$", " ", text, flags=re.M)
        text = re.sub(r"typedef void lee_\w+\([^)]*\);", " ", text)
        names |= set(re.findall(r"\b(lee_\w+)\s*\(", text))
    return names


def main():
    headers, library, sanitizers = sys.argv[1:]
    nm = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                        check=True).stdout
    shown = {line.split()[2].split("@")[0] for line in nm.splitlines() if " A " not in line}
    wanted = declared(headers)
    bad = [f"{name} is declared but not in the library" for name in sorted(wanted - shown)]
    bad += [f"{name} is in the library but not declared" for name in sorted(shown - wanted)]
    if len(wanted) < 20:
        bad.append(f"only {len(wanted)} functions found in the headers")
    if not sanitizers:
        head = subprocess.run(["readelf", "-d", library], capture_output=True, text=True,
                              check=True).stdout
        for name in re.findall(r"NEEDED.*\[(.*)\]", head):
            if not re.match(r"(libc|libm|ld-[\w.-]+|libgcc_s|libatomic)\.so", name):
                bad.append(f"the library needs {name}")
    print("\n".join(bad) or f"{len(shown)} functions, all of the installed headers")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
