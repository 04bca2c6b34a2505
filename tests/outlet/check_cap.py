#!/usr/bin/env python3
"""Holds generated CAP messages against schema/cap-1.2.xsd with xmllint, and the rules that a schema
cannot say; then breaks one message in each way and asks that xmllint refuses it.

usage: check_cap.py SAMPLES_PROGRAM|WARNINGS.jsonl SCHEMA.xsd"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

NEGATIVE = [
    ("Z in sent", r"(<sent>[^<]*)-00:00<", r"\1Z<"),
    ("sent without offset", r"(<sent>[^<]*)-00:00<", r"\1<"),
    ("fraction in sent", r"(<sent>[^<]*)-00:00<", r"\1.5-00:00<"),
    ("Z in expires", r"(<expires>[^<]*)-00:00<", r"\1Z<"),
    ("no identifier", r"<identifier>[^<]*</identifier>", ""),
    ("space in identifier", r"<identifier>", "<identifier>a b"),
    ("comma in sender", r"<sender>", "<sender>a,"),
    ("unknown status", r"<status>[^<]*<", "<status>Real<"),
    ("unknown msgType", r"<msgType>[^<]*<", "<msgType>Renew<"),
    ("scope before msgType", r"(<msgType>[^<]*</msgType>)\s*(<scope>[^<]*</scope>)", r"\2\1"),
    ("no scope", r"<scope>[^<]*</scope>", ""),
    ("unknown category", r"<category>[^<]*<", "<category>War<"),
    ("no event", r"<event>[^<]*</event>", ""),
    ("unknown urgency", r"<urgency>[^<]*<", "<urgency>High<"),
    ("unknown certainty", r"<certainty>[^<]*<", "<certainty>Very Likely<"),
    ("unknown responseType", r"<responseType>[^<]*<", "<responseType>Fire<"),
    ("area without areaDesc", r"<areaDesc>[^<]*</areaDesc>", ""),
    ("polygon of three points", r"<polygon>[^<]*<", "<polygon>1,1 1,2 1,1<"),
    ("polygon with spaces for commas", r"<polygon>[^<]*<", "<polygon>1 1 1 2 2 2 1 1<"),
    ("two identifiers", r"(<identifier>[^<]*</identifier>)", r"\1\1"),
    ("another namespace", r"cap:1\.2", "cap:1.1"),
    ("references without sent", r"<references>[^<]*<", "<references>a@b,c<"),
    ("not closed", r"</alert>", ""),
    ("an element of ours", r"</info>", "<target>x</target></info>"),
]


def lint(schema, paths):
    return subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", schema, *paths], capture_output=True, text=True
    )


def check_rules(warning, seen):
    """What the standard's prose and our own rules ask beyond types."""
    cap = warning["cap"]
    get = lambda name: re.search(f"<{name}>([^<]*)</{name}>", cap)
    assert get("identifier")[1] == warning["identifier"]
    marks = len(re.findall(r"<valueName>evidence</valueName>\s*<value>degraded</value>", cap))
    if "evidence" in warning:  # the same message, which went out without being durable
        assert marks == cap.count("<info>") > 0 and warning["identifier"] in seen
        return
    assert not marks and warning["identifier"] not in seen, "identifier used twice"
    assert get("msgType")[1] == warning["msg_type"]
    assert get("status")[1] == warning["status"]
    assert "Z</" not in cap
    assert warning["expires_us"] > warning["sent_us"]
    assert warning["target"].split(":")[1] not in cap, "the public text names the target"
    assert ("references" in warning) == (warning["msg_type"] != "Alert")
    for polygon in re.findall("<polygon>([^<]*)</polygon>", cap):
        points = polygon.split()
        assert points[0] == points[-1] and len(points) == 5
        lats = [float(p.split(",")[0]) for p in points]
        assert max(lats) - min(lats) > 0.0999, "an area finer than a district"
    if warning["msg_type"] != "Alert":
        sender = get("sender")[1]
        for reference in get("references")[1].split():
            who, identifier, sent = reference.split(",")
            assert who == sender and seen[identifier] == sent, reference
    seen[warning["identifier"]] = get("sent")[1]
    if warning["status"] == "Exercise":
        for headline in re.findall("<headline>([^<]*)</headline>", cap):
            assert headline.startswith(("EXERCISE: ", "تمرين: ")), headline
        for text in re.findall("<instruction>([^<]*)</instruction>", cap):
            assert text.startswith(("In a real warning", "في تحذير حقيقي")), text


def main():
    source, schema = sys.argv[1:3]
    if not shutil.which("xmllint"):
        print("skipped: xmllint (libxml2-utils) is not installed")
        return 77
    if source.endswith(".jsonl"):
        text = open(source, encoding="utf-8").read()
    else:
        text = subprocess.run([source], check=True, capture_output=True, text=True, encoding="utf-8").stdout
    warnings = [json.loads(line) for line in text.splitlines()]
    assert warnings, "no messages"
    seen = {}
    for warning in warnings:
        check_rules(warning, seen)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, warning in enumerate(warnings):
            paths.append(os.path.join(folder, f"{i}.xml"))
            with open(paths[-1], "w", encoding="utf-8") as out:
                out.write(warning["cap"])
        result = lint(schema, paths)
        if result.returncode:
            print(result.stderr[:4000])
            return 1
        refused = 0
        base = next(w["cap"] for w in warnings if w["msg_type"] == "Update")
        path = os.path.join(folder, "bad.xml")
        for name, pattern, replacement in NEGATIVE:
            bad, changes = re.subn(pattern, replacement, base, count=1)
            assert changes and bad != base, f"the case {name!r} changes nothing"
            with open(path, "w", encoding="utf-8") as out:
                out.write(bad)
            if lint(schema, [path]).returncode == 0:
                print(f"accepted although wrong: {name}")
                return 1
            refused += 1
    types = [w["msg_type"] for w in warnings]
    print(f"{len(warnings)} messages valid ({types.count('Alert')} alerts, {types.count('Update')} updates, "
          f"{types.count('Cancel')} cancels), {refused} broken ones refused")
    return 0


sys.exit(main())
