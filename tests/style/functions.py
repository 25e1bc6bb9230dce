"""No function is longer than 70 lines."""

import json

LONGEST = 70


def body(lines):
    return "void a(int *b)\n{\n" + "    *b += 1;\n" * (lines - 3) + "}\n"


CLEAN = {"src/a.c": body(LONGEST)}
PLANTED = [("src/b.c:1: a: expected at most 70 lines, got 71", {"src/b.c": body(LONGEST + 1)}),
           ("tests/unit/b.c:1", {"tests/unit/b.c": body(100)})]


def check(tree):
    files = tree.files((".c", ".h"), ("src/", "sim/", "tests/"))
    if not files:
        return []
    tags = tree.run("ctags", "-o", "-", "--output-format=json", "--languages=C", "--langmap=C:+.h", "--kinds-C=f",
                    "--fields=+ne", *files)
    found = []
    for tag in map(json.loads, tags.splitlines()):
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > LONGEST:
            found.append(f"{tag['path']}:{tag['line']}: {tag['name']}: expected at most {LONGEST} lines, got {length}")
    return found
