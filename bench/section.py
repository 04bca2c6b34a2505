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


class Bars:
    """What must be reached, and whether it is: {bar, figure, sense, limit, met}; met is None where
    there is no figure."""

    def __init__(self):
        self.lines = []

    def add(self, name, figure, sense, limit):
        met = None if figure is None else figure >= limit if sense == ">=" else figure <= limit
        self.lines.append({"bar": name, "figure": figure, "sense": sense, "limit": limit,
                           "met": met})

    def text(self):
        text = "| bar | | must be | met |\n|---|---|---|---|\n"
        for line in self.lines:
            figure = "–" if line["figure"] is None else f"{line['figure']:.4g}"
            met = {True: "yes", False: "**no**", None: "not measured"}[line["met"]]
            text += f"| {line['bar']} | {figure} | {line['sense']} {line['limit']:g} | {met} |\n"
        return text

    def summary(self):
        return (f"{sum(line['met'] is True for line in self.lines)} of {len(self.lines)} bars met, "
                f"{sum(line['met'] is False for line in self.lines)} not")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown"
