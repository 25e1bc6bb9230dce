"""Every C file is compiled, and every header is included by somebody."""

import re

OBJECTS = True
# What an embedder includes needs no includer here.
ROOTS = ("src/carafe.h",)

CLEAN = {"src/a.h": "int a(void);\n", "src/a.c": '#include "a.h"\nint a(void)\n{\n    return 1;\n}\n'}
PLANTED = [("sim/NOT_BUILT.c: in no CMake target", {"sim/NOT_BUILT.c": "int b;\n"}),
           ("src/b.h: included by nobody", {"src/b.h": "int b(void);\n"})]


def check(tree):
    compiled = tree.compiled()
    found = [f"{path}: in no CMake target" for path in tree.files((".c",), ("src/", "sim/", "tests/"))
             if path not in compiled]
    included = set()
    for path in tree.files((".c", ".h"), ("src/", "sim/", "tests/")):
        included.update(name.split("/")[-1] for name in re.findall(r'#\s*include\s*[<"]([^">]+)', tree.text(path)))
    found += [f"{path}: included by nobody" for path in tree.files((".h",), ("src/", "sim/", "tests/"))
              if path not in ROOTS and path.split("/")[-1] not in included]
    return found
