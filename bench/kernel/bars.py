"""What the kernel must reach, and whether it does: one line for each bar."""
import json

from section import Bars


def best_peer(table, case):
    """The ratio to the fastest of the peers."""
    ratios = [table.ratio(case, "join", peer) for peer in ("geos", "s2", "boost")]
    found = [ratio for ratio in ratios if ratio is not None]
    return min(found) if found else None


def equality_differences(ledger, source, points):
    """Differences from GEOS over all sets; None when not every set was asked so many points with
    this code."""
    if not ledger.exists():
        return None
    lines = [line for line in json.loads(ledger.read_text(encoding="utf-8"))
             if line["source"] == source]
    if len(lines) < 18 or any(line["count"] < points for line in lines):
        return None
    return sum(line["differences"] for line in lines)


def bars_of(table, real, ledger, source):
    bars = Bars()
    bar = bars.add
    bar("join/10000/track, times GEOS", table.ratio("join/10000/track", "join", "geos"), ">=", 100)
    bar("join/10000/track, times S2", table.ratio("join/10000/track", "join", "s2"), ">=", 30)
    for zones in ("1000", "100000"):
        for kind in ("uniform", "track"):
            case = f"join/{zones}/{kind}"
            bar(f"{case}, times GEOS", table.ratio(case, "join", "geos"), ">=", 50)
    bar("a point at 100,000 zones, times one at 1,000", table.median("growth", "times"), "<=", 4)
    for name in real:
        bar(f"real/{name}, times the best peer", best_peer(table, f"real/{name}"), ">=", 30)
    bar("state/10000/track, reports/s", table.median("state/10000/track", "ours"), ">=", 15e6)
    bar("predict/10000/track, reports/s", table.median("predict/10000/track", "ours"), ">=", 3e6)
    bar("build/100000, s", table.median("join/100000/track", "build"), "<=", 10)
    bar("build/100000, most memory of all, MB", table.median("build/100000", "peak"), "<=", 2147)
    bar("memory/100000, times GEOS", table.ratio("join/100000/track", "memory", "geos-memory"),
        "<=", 1.25)
    bar("memory/10000, MB", table.median("join/10000/track", "memory"), "<=", 128)
    live = "live/100000"
    bar(f"{live}, 99 % of changes, s", table.median(live, "p99"), "<=", 1e-3)
    # Whatever the machine does to a thread it does without changes too.
    worst, calm = table.worst(live, "live-waits"), table.worst(live, "calm-waits")
    bar(f"{live}, times the asking thread waited, beyond those without changes",
        None if worst is None else max(0, worst - calm), "<=", 0)
    # Medians as of all else; the worst round is in the table below.
    beside, busy = table.median(live, "live-beside"), table.median(live, "calm-beside")
    bar(f"{live}, reports that took more than 1 ms while a change was made, beyond those while the "
        "other core was as busy with nothing", None if beside is None else max(0, beside - busy), "<=", 0)
    for name in real:
        bar(f"adversarial/{name}, times slower", table.ratio(f"real/{name}", "join", "join",
                                                             f"adversarial/{name}"), "<=", 10)
    for case in ["join/1000/track", "join/10000/track", "join/100000/track"] + \
            [f"real/{name}" for name in real]:
        name = case.replace("join", "single").replace("real", "single")
        bar(f"{name}, times GEOS", table.ratio(case, "single", "geos"), ">=", 20)
    bar("threads/10000, two over one", table.median("threads/10000", "times-wall"), ">=", 1.8)
    bar("threads/10000, two over one, a core each", table.median("threads/10000", "times-quiet"),
        ">=", 1.8)
    bar("equality, 10 million points of each kind on each set, differences",
        equality_differences(ledger, source, 10_000_000), "<=", 0)
    return bars
