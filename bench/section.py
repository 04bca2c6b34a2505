"""The sections of docs/benchmarks.md that commands write."""
import pathlib

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def write_section(name, text):
    """Replaces one command's section."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Benchmarks\n\n"
    before, after = old, ""
    if begin in old:
        before, rest = old.split(begin, 1)
        after = rest.split(end, 1)[1]
    PAGE.write_text(before + begin + text + end + after, encoding="utf-8")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"
