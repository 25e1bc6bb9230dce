"""Every scenario names a planted bug that it must notice, and every planted bug is named and can be planted."""

import os
import re
import subprocess

FOLDER = "tests/mutants"
NAMED = FOLDER + "/named"
LINE = re.compile(r"^# Mutant:(.*)$", re.MULTILINE)
CANARY = re.compile(r"^invariant \d+ must_break", re.MULTILINE)

SOURCE = "int a(void)\n{\n    return 1;\n}\n"
PATCH = "It says 2.\n--- a/src/a.c\n+++ b/src/a.c\n@@ -2,3 +2,3 @@\n {\n-    return 1;\n+    return 2;\n }\n"
CLEAN = {
    "src/a.c": SOURCE,
    FOLDER + "/wrong.patch": PATCH,
    FOLDER + "/worse.patch": PATCH,
    NAMED: "# Fixed texts.\nscenarios/c.scn: worse\n",
    "scenarios/a.scn": "# Why: because.\n# Mutant: worse, wrong\nat 0 start s1\n",
    "scenarios/b.scn": "# Why: because.\ninvariant 7 must_break\n",
    "scenarios/c.scn": "# Why: because.\nat 0 start s1\n",
}
PLANTED = [
    ("d.scn: names no mutant", {"scenarios/d.scn": "# Why: because.\nat 0 start s1\n# Mutant: wrong\n"}),
    ("d.scn: there is no mutant bad", {"scenarios/d.scn": "# Why: because.\n# Mutant: wrong, bad\n"}),
    ("named: there is no scenario scenarios/x.scn", {NAMED: "scenarios/x.scn: wrong\n"}),
    ("idle.patch: no scenario names it", {FOLDER + "/idle.patch": PATCH}),
    ("wrong.patch: does not apply", {"src/a.c": SOURCE.replace("1", "3")}),
    ("wrong.patch: does not apply", {"src/a.c": SOURCE.replace("int a(void)\n{\n", "int a(void)\n{\n\n")}),
    ("wrong.patch:1: expected a sentence", {FOLDER + "/wrong.patch": PATCH.split("\n", 1)[1]}),
    ("wrong.patch: changes tests/t.c, not src/",
     {FOLDER + "/wrong.patch": PATCH.replace("src/a.c", "tests/t.c"), "tests/t.c": SOURCE}),
]


def names_in(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def named_beside(tree):
    """{scenario: names} of the scenarios whose own text must not change."""
    lines = tree.text(NAMED).splitlines() if NAMED in tree.everything else []
    pairs = [line.split(":", 1) for line in lines if line and not line.startswith("#")]
    return {path: names_in(names) for path, names in pairs}


def names_of(text):
    """The names in the comment that a scenario begins with; None: it has no such line."""
    header = re.match(r"(?:#[^\n]*(?:\n|$))*", text).group()
    line = LINE.search(header)
    return names_in(line.group(1)) if line else None


def check_patch(tree, path):
    text = tree.text(path)
    found = []
    if not re.match(r"[A-Z`][^\n]*\.\n--- ", text):
        found.append(f"{path}:1: expected a sentence about the bug, got `{text.split(chr(10), 1)[0]}`")
    found += [f"{path}: changes {target}, not src/" for target in re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE)
              if not target.startswith("src/")]
    applied = subprocess.run(["patch", "-p1", "--dry-run", "--force", "--silent", "--fuzz=0", "-i", os.path.abspath(
        os.path.join(tree.root, path))], cwd=tree.root, capture_output=True, text=True, check=False)
    if applied.returncode != 0:
        found.append(f"{path}: does not apply: {' '.join(applied.stdout.split())}")
    return found


def check(tree):
    patches = {os.path.basename(path)[:-len(".patch")]: path for path in tree.files((".patch",), (FOLDER + "/",))}
    beside = named_beside(tree)
    found = [f"{NAMED}: there is no scenario {path}" for path in beside if path not in tree.everything]
    named = set()
    for path in tree.files((".scn",), ("scenarios/",)):
        text = tree.text(path)
        names = beside.get(path, names_of(text))
        if not names and not CANARY.search(text):
            found.append(f"{path}: names no mutant in the lines above its first statement")
        found += [f"{path}: there is no mutant {name}" for name in names or [] if name not in patches]
        named.update(names or [])
    for name, path in sorted(patches.items()):
        if name not in named:
            found.append(f"{path}: no scenario names it")
        found += check_patch(tree, path)
    return found
