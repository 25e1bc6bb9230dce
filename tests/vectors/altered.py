#!/usr/bin/env python3
"""Copies of the vectors with 5 % of the verdicts flipped and some outputs altered: exactly those lines are reported.

altered.py PROGRAM KIND FILE...: PROGRAM is `vectors`, KIND report, error or transform.
"""

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

SHARE = {"report": 0.05, "error": 0.05, "transform": 0.6}
SEED = 5  # any: the same lines every time


def numbers(value):
    """Where the numbers of a document are: (container, key)."""
    places = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        if isinstance(child, (int, float)) and not isinstance(child, bool):
            places.append((value, key))
        else:
            places += numbers(child)
    return places


def another_number(report, draw):
    container, key = draw.choice(numbers(report["consumer_groups"]))
    container[key] += 1


def another_kind(report, draw):
    container, key = draw.choice(numbers(report["consumer_groups"]))
    container[key] = float(container[key]) if isinstance(container[key], int) else int(container[key])


def one_missing(report, draw):
    container, key = draw.choice(numbers(report["consumer_groups"]))
    del container[key]


def one_more(report, draw):
    container, _ = draw.choice(numbers(report["consumer_groups"]))
    container["more"] = None


def more_bytes(report, draw):
    report[draw.choice(("bytes_received", "bytes_sent"))] += 1


def another_verdict(report, _draw):
    report["contract"] = report["contract"] is not True


ALTERATIONS = (another_number, another_kind, one_missing, one_more, more_bytes, another_verdict)


def alter(kind, vector, draw):
    """True: it is altered so that it must be reported."""
    if kind != "transform":
        vector["valid"] = not vector["valid"]
        return True
    reports = [report for report in vector["reports"] if numbers(report.get("consumer_groups", {}))]
    if not reports:
        return False
    draw.choice(ALTERATIONS)(draw.choice(reports), draw)
    return True


def altered_copy(kind, source, target):
    """Write the copy; return the names of the altered vectors."""
    draw = random.Random(SEED)
    names = []
    with gzip.open(source, "rt", encoding="utf-8") as lines, gzip.open(target, "wt", encoding="utf-8") as copy:
        for line in lines:
            vector = json.loads(line)
            if draw.random() < SHARE[kind] and alter(kind, vector, draw):
                names.append(vector["name"])
                line = json.dumps(vector, ensure_ascii=False) + "\n"
            copy.write(line)
    return names


def reported(program, kind, path):
    """The names at the beginning of the lines about mismatches, each once, and the count in the last line."""
    done = subprocess.run([program, kind, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1, f"expected exit 1, got {done.returncode}"
    lines = done.stdout.splitlines()
    names = [line.split(": ")[0] for line in lines[:-1] if not line.startswith(" ")]
    return list(dict.fromkeys(names)), int(lines[-1].split()[2])


def main():
    program, kind, *files = sys.argv[1:]
    wrong = 0
    for source in files:
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "altered.jsonl.gz")
            expected = altered_copy(kind, source, target)
            got, failed = reported(program, kind, target)
        assert len(expected) >= 1, f"{source}: nothing was altered"
        missed = set(expected) - set(got)
        extra = set(got) - set(expected)
        wrong += len(missed) + len(extra) + (failed != len(expected))
        print(f"{os.path.basename(source)}: {len(expected)} altered, {failed} reported, missed {sorted(missed)[:3]}, "
              f"too many {sorted(extra)[:3]}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
