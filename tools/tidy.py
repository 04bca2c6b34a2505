#!/usr/bin/env python3
"""The style guide as a test: lengths, banned calls, purity and documentation of the C code.

Each rule prints file:line and what to do. Exceptions stand here, with their reason.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 1000
LINE_COLUMNS_MAX = 100
PURE = ("base", "geo", "record", "decode", "track", "zone", "watch", "warn", "journal")

BANNED = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|alloca|setjmp|scanf|"
    r"sscanf|fscanf|rand|srand|random|gmtime|localtime|strtod)\s*\(")
IMPURE = re.compile(
    r"(?<![\w.>])(clock_gettime|time|getenv|exit|printf|fprintf|fopen|socket|connect|"
    r"pthread_create|getrandom|puts)\s*\(")
# Only what decides: libm differs in the last bit between machines.
LIBM = re.compile(r"(?<![\w.>])(sin|cos|tan|atan2|asin|acos|exp|log|pow|fma)\s*\(")
MALLOC = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|free|strdup)\s*\(")

# (path, rule): reason
EXCEPTIONS = {
    ("src/base/alloc.c", "malloc"): "the one place that takes memory",
    ("src/app/terrain_files.c", "malloc"): "what scandir gives is the C library's",
}


def strip_comments_and_texts(text):
    """Blanks comments and literals, keeping line numbers."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def long_functions(lines):
    """Functions by our layout: the body's braces stand alone in column one."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES_MAX:
                yield start, number - start - 1
            start = None


def check_file(path):
    name = str(path.relative_to(ROOT))
    text = path.read_text()
    lines = text.splitlines()
    floor = path.relative_to(ROOT / "src").parts[0] if name.startswith("src/") else None

    def found(number, rule, message):
        if (name, rule) not in EXCEPTIONS:
            yield f"{name}:{number}: {message}"

    if len(lines) > FILE_LINES_MAX:
        yield from found(1, "file", f"{len(lines)} lines; split it at {FILE_LINES_MAX}")
    for number, length in long_functions(lines):
        yield from found(number, "function", f"function of {length} lines; at most 70")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield from found(number, "width", f"{len(line)} columns; at most 100")
        if re.search(r"\b(TODO|FIXME)\b", line) and not re.search(r"issue \d+", line):
            yield from found(number, "todo", "a TODO names an issue")
    code = strip_comments_and_texts(text).splitlines()
    rules = [("banned", BANNED, "is banned")]
    if floor:
        rules.append(("malloc", MALLOC, "belongs to base/alloc.c"))
    if floor in PURE:
        rules.append(("impure", IMPURE, "calls the operating system; this floor is pure"))
        rules.append(("libm", LIBM, "differs between machines; use geo/trig.h"))
    for number, line in enumerate(code, 1):
        for rule, pattern, why in rules:
            for match in pattern.finditer(line):
                yield from found(number, rule, f"{match[1]}() {why}")


def undocumented(path):
    """Public functions without a comment above their declaration (or above their group)."""
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("typedef ") or not re.match(
                r"(?:const |struct |unsigned |static inline )*[\w]+[\w\s*]*\blee_\w+\(", line):
            continue
        above = number - 1
        while above >= 0 and (lines[above].strip() == "LEE_CHECK_RESULT"
                              or re.match(r"[\w].*[;,]$|\s+[\w].*[;,)]$", lines[above])):
            above -= 1
        if above < 0 or not lines[above].rstrip().endswith("*/"):
            yield f"{path.relative_to(ROOT)}:{number + 1}: say what it does, its units and errors"


def tracked(*patterns):
    out = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", *patterns],
                         capture_output=True, text=True, check=True)
    return [ROOT / name for name in sorted(set(out.stdout.splitlines())) if (ROOT / name).is_file()]


def dead_links():
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)\)", line):
                if "://" not in target and not (path.parent / target).exists():
                    yield f"{path.relative_to(ROOT)}:{number}: {target} does not exist"


def main():
    problems = []
    for path in tracked("src/*.c", "src/*.h", "include/*.h", "tests/*.c", "tests/*.h",
                        "examples/*.c"):
        problems += check_file(path)
    for path in tracked("include/*.h"):
        problems += undocumented(path)
    problems += dead_links()
    print("\n".join(problems) or "tidy: nothing to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
