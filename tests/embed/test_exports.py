"""test_exports.py HEADERS LIBRARY IMPORT_LIBRARY SANITIZERS: the libraries show the functions of the
installed headers, all of them and nothing else; those of zone_import.h are in a library of their own,
and the other one needs nothing but the C library."""
import re
import subprocess
import sys
from pathlib import Path


IMPORT_NEEDS = r"|libleeward_import|libgeos_c|libproj|libjansson"


def declared(headers):
    names = set()
    for path in headers:
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
        text = re.sub(r"^\s*#(?:.*\\\n)*.*$", " ", text, flags=re.M)
        text = re.sub(r"typedef \w+ lee_\w+\([^)]*\);", " ", text)
        names |= set(re.findall(r"\b(lee_\w+)\s*\(", text))
    return names


def check(wanted, library, needs, sanitizers):
    nm = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                        check=True).stdout
    shown = {line.split()[2].split("@")[0] for line in nm.splitlines() if " A " not in line}
    bad = [f"{name} is declared but not in {library}" for name in sorted(wanted - shown)]
    bad += [f"{name} is in {library} but not declared" for name in sorted(shown - wanted)]
    if not sanitizers:
        head = subprocess.run(["readelf", "-d", library], capture_output=True, text=True,
                              check=True).stdout
        for name in re.findall(r"NEEDED.*\[(.*)\]", head):
            if not re.match(rf"(libc|libm|ld-[\w.-]+|libgcc_s|libatomic{needs})\.so", name):
                bad.append(f"{library} needs {name}")
    return bad


def main():
    headers, library, import_library, sanitizers = sys.argv[1:]
    paths = set(Path(headers).glob("*.h"))
    importing = {path for path in paths if path.name == "zone_import.h"}
    judging, reading = declared(paths - importing), declared(importing)
    bad = check(judging, library, "", sanitizers)
    bad += check(reading, import_library, IMPORT_NEEDS, sanitizers)
    if len(judging) < 20 or len(reading) < 5:
        bad.append(f"only {len(judging)} and {len(reading)} functions found in the headers")
    print("\n".join(bad) or f"{len(judging) + len(reading)} functions, all of the installed headers")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
