#!/usr/bin/env python3
"""The sentences in which the watch explains itself (src/watch/explain.c) have their words in the page's
other languages (page/src/why.ts). What is new is shown in English meanwhile; more than one in ten must not be.

usage: test_why.py
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LITERAL = r'"(?:[^"\\]|\\.)*"'


def sentences(code):
    """Every text that say() may be given; texts side by side are one."""
    for call in re.finditer(r"\bsay\(", code):
        depth, end, at = 1, call.end(), call.end()
        for token in re.finditer(LITERAL + r"|[()]", code[at:]):
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            end = at + token.end()
            if depth == 0:
                break
        for texts in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", code[at:end]):
            yield "".join(text[1:-1] for text in re.findall(LITERAL, texts[0]))


def main():
    said = set(sentences((ROOT / "src/watch/explain.c").read_text()))
    words = (ROOT / "page/src/why.ts").read_text()
    known = {key[1:-1]: text[1:-1] for key, text in re.findall(rf"^    ({LITERAL}):\s*({LITERAL}),$", words, re.M)}
    assert len(said) > 40 and len(known) > 40, (len(said), len(known))
    missing = sorted(said - set(known))
    for sentence in missing:
        print("shown in English:", sentence)
    assert len(missing) * 10 <= len(said), f"{len(missing)} of {len(said)} sentences"
    for sentence, translated in known.items():
        keys = [sorted(re.findall(r"\{\w+\}", text)) for text in (sentence, translated)]
        assert keys[0] == keys[1], f"other values: {sentence}: {translated}"
    print(f"{len(said) - len(missing)} of {len(said)} sentences have their words")


sys.exit(main())
