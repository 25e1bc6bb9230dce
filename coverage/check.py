#!/usr/bin/env python3
"""Compares the line coverage of build/coverage with the floors and exemptions beside this file.

Prints `below`, `stale` and `total` lines; exits with 1 when there is a `below` or a `stale` one.
"""

import argparse
import json
import os
import subprocess
import sys


def rows(path):
    """The lines of a file that are neither empty nor comments, with their numbers."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if line and not line.startswith("#"):
                yield number, line


def read_floors(path):
    """(each, prefix, percent) of every floor."""
    floors = []
    for number, line in rows(path):
        words = line.split()
        each = words[0] == "each"
        words = words[1:] if each else words
        try:
            prefix, percent = words[0], float(words[1])
            if len(words) != 2 or not 0 <= percent <= 100:
                raise ValueError
        except (IndexError, ValueError):
            sys.exit(f"{path}:{number}: expected `[each] PATH PERCENT`, got `{line}`")
        floors.append((each, prefix, percent))
    return floors


def read_exemptions(path):
    """{file: {text: number of its row}}."""
    exempt = {}
    for number, line in rows(path):
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) < 3 or not all(parts):
            sys.exit(f"{path}:{number}: expected `FILE | TEXT | REASON`, got `{line}`")
        # The text may hold the separator itself: the first part is the file, the last one the reason.
        exempt.setdefault(parts[0], {})[" | ".join(parts[1:-1])] = number
    return exempt


def measure(report, root, exempt):
    """Per file (covered, total, [uncovered lines with text]), and the exemptions that were used."""
    files, used = {}, set()
    for entry in report["files"]:
        name = entry["file"]
        path = os.path.join(root, name)
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = [line.strip() for line in file]
        covered, total, missed = 0, 0, []
        for line in entry["lines"]:
            if line.get("gcovr/noncode"):
                continue
            words = text[line["line_number"] - 1] if line["line_number"] <= len(text) else ""
            if line["count"] > 0:
                covered, total = covered + 1, total + 1
            elif words in exempt.get(name, {}):
                used.add((name, words))
            else:
                total += 1
                missed.append((line["line_number"], words))
        files[name] = (covered, total, missed)
    return files, used


def percent(covered, total):
    return 100.0 if total == 0 else 100.0 * covered / total


def below(files, floors):
    """A line of text for every floor that is not reached."""
    found = []
    for each, prefix, floor in floors:
        under = {name: file for name, file in files.items() if name == prefix or name.startswith(prefix)}
        if not under:
            found.append(f"below {prefix}: expected {floor:g} %, got no measured line at all")
            continue
        groups = {name: [file] for name, file in under.items()} if each else {prefix: list(under.values())}
        for name, group in sorted(groups.items()):
            got = percent(sum(file[0] for file in group), sum(file[1] for file in group))
            if got < floor:
                found.append(f"below {name}: expected {floor:g} %, got {got:.1f} %")
    return found


def gather(root, build):
    """Let gcovr read what the instrumented programs left behind."""
    target = os.path.join(build, "coverage.json")
    subprocess.run(["gcovr", "--root", root, "--config", os.path.join(root, "coverage", "gcovr.cfg"),
                    "--json", target, build], check=True, cwd=root)
    with open(target, encoding="utf-8") as file:
        return json.load(file)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=os.path.dirname(here))
    parser.add_argument("--build", required=True, help="the instrumented build directory, after its tests ran")
    parser.add_argument("--report", help="a gcovr JSON report to judge instead of running gcovr")
    parser.add_argument("--rules", default=here, help="the folder of floors.txt and exempt.txt")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    exempt = read_exemptions(os.path.join(arguments.rules, "exempt.txt"))
    floors = read_floors(os.path.join(arguments.rules, "floors.txt"))
    if arguments.report:
        with open(arguments.report, encoding="utf-8") as file:
            report = json.load(file)
    else:
        report = gather(arguments.root, build)
    files, used = measure(report, arguments.root, exempt)
    with open(os.path.join(build, "uncovered.txt"), "w", encoding="utf-8") as file:
        for name, (_, _, missed) in sorted(files.items()):
            file.writelines(f"{name}:{number}: {words}\n" for number, words in missed)
    complaints = below(files, floors)
    for name, texts in exempt.items():
        complaints += [f"stale exempt.txt:{number}: {name}: `{words}` is covered or not there"
                       for words, number in texts.items() if (name, words) not in used]
    for name, (covered, total, _) in sorted(files.items()):
        print(f"{percent(covered, total):6.1f} % {covered:5} of {total:5} {name}")
    covered, total = sum(file[0] for file in files.values()), sum(file[1] for file in files.values())
    print(*complaints, sep="\n")
    print(f"total {percent(covered, total):.1f} % of {total} lines in {len(files)} files")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
