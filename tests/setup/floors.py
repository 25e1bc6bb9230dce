#!/usr/bin/env python3
"""What coverage/check.py says to planted measurements: floors.py CASE runs one case."""

import json
import os
import subprocess
import sys
import tempfile

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "coverage", "check.py")
SOURCE = ["int a;", "abort();", "int b;", "int c;"]


def judge(floors, exempt, counts):
    """The exit code and the words of a check of one file whose lines ran `counts` times."""
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "src"))
        lines = [{"line_number": number, "count": count} for number, count in enumerate(counts, 1)]
        report = {"files": [{"file": "src/a.c", "lines": lines}]}
        for name, text in (("src/a.c", "\n".join(SOURCE)), ("floors.txt", floors), ("exempt.txt", exempt),
                           ("report.json", json.dumps(report))):
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([sys.executable, "-B", CHECK, "--root", root, "--rules", root, "--build", root,
                               "--report", os.path.join(root, "report.json")], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


# name: floors, exemptions, counts of the four lines, exit code, words
CASES = {
    "a_reached_floor_passes": ("src/ 75\n", "", (1, 0, 1, 1), 0, "total 75.0 %"),
    "a_floor_not_reached_fails": ("src/ 76\n", "", (1, 0, 1, 1), 1, "below src/: expected 76 %, got 75.0 %"),
    "a_file_on_its_own_is_held_to_its_floor": ("each src/ 76\n", "", (1, 0, 1, 1), 1, "below src/a.c: expected 76 %"),
    "a_floor_of_nothing_fails": ("sim/ 1\n", "", (1, 1, 1, 1), 1, "below sim/: expected 1 %, got no measured line"),
    "an_exempt_line_does_not_count": ("src/ 100\n", "src/a.c | abort(); | cannot return\n", (1, 0, 1, 1), 0, "total 100.0 %"),
    "an_exempt_line_that_is_covered_is_stale": ("src/ 1\n", "src/a.c | abort(); | why\n", (1, 1, 1, 1), 1, "stale exempt.txt:1"),
    "an_exempt_line_that_is_gone_is_stale": ("src/ 1\n", "src/a.c | exit(); | why\n", (1, 0, 1, 1), 1, "stale exempt.txt:1"),
    "an_exemption_without_a_reason_is_refused": ("src/ 1\n", "src/a.c | abort();\n", (1, 0, 1, 1), 1, "exempt.txt:1: expected"),
    "a_floor_without_a_number_is_refused": ("src/ high\n", "", (1, 0, 1, 1), 1, "floors.txt:1: expected"),
}


def main():
    floors, exempt, counts, code, words = CASES[sys.argv[1]]
    got, said = judge(floors, exempt, counts)
    if got == code and words in said:
        return 0
    print(f"expected exit code {code} and `{words}`, got exit code {got} and:\n{said}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
