"""C files look as clang-format would write them."""

import re
import subprocess

CLEAN = {"src/a.c": "int a(void)\n{\n    return 1;\n}\n"}
PLANTED = [("src/b.c:1", {"src/b.c": "int b( void ) { return 1; }\n"}),
           ("tests/b.h:1", {"tests/b.h": "int  b;\n"})]


def check(tree):
    files = tree.files((".c", ".h"), ("src/", "sim/", "tests/"))
    if not files:
        return []
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=tree.root, capture_output=True,
                          text=True, check=False)
    lines = re.findall(r"^(\S+:\d+:\d+): error: (.*)$", done.stderr, re.MULTILINE)
    found = [f"{where}: {what}" for where, what in lines]
    return found if found or done.returncode == 0 else [f"clang-format failed: {done.stderr}"]
