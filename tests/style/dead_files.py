"""Every C file is compiled, and every header is included by somebody."""

import os
import re

OBJECTS = True
# What an embedder includes needs no includer here.
ROOTS = ("src/carafe.h", "sim/ksim.h")

CLEAN = {"src/a.h": "int a(void);\n", "src/a.c": '#include "a.h"\nint a(void)\n{\n    return 1;\n}\n'}
PLANTED = [("sim/NOT_BUILT.c: in no CMake target", {"sim/NOT_BUILT.c": "int b;\n"}),
           ("tests/fuzz/NOT_BUILT.c: in no", {"tests/fuzz/NOT_BUILT.c": "int b;\n", "tests/fuzz/CMakeLists.txt": "a.c\n"}),
           ("tests/sim/world/NOT_BUILT.c: in no",
            {"tests/sim/world/NOT_BUILT.c": "int b;\n", "tests/sim/world/CMakeLists.txt": "world_test(a)\n"}),
           ("src/b.h: included by nobody", {"src/b.h": "int b(void);\n"})]


# Not in this build: fuzz targets are built by clang only, what sanitizers need and some tests only under one.
OTHER_BUILDS = ("tests/fuzz", "tests/sim/world", "tests/sim/races", "sim")


def is_in_another_build(tree, path):
    """Named as a source, or as a test of that name, by the CMakeLists.txt beside it."""
    folder, name = os.path.split(path)
    listing = os.path.join(folder, "CMakeLists.txt")
    if folder not in OTHER_BUILDS or listing not in tree.everything:
        return False
    return re.search(rf"\b{re.escape(name)}\b|_test\({re.escape(name[:-2])}\)", tree.text(listing)) is not None


def check(tree):
    compiled = tree.compiled()
    found = [f"{path}: in no CMake target" for path in tree.files((".c",), ("src/", "sim/", "tests/"))
             if path not in compiled and not is_in_another_build(tree, path)]
    included = set()
    for path in tree.files((".c", ".h"), ("src/", "sim/", "tests/")):
        included.update(name.split("/")[-1] for name in re.findall(r'#\s*include\s*[<"]([^">]+)', tree.text(path)))
    found += [f"{path}: included by nobody" for path in tree.files((".h",), ("src/", "sim/", "tests/"))
              if path not in ROOTS and path.split("/")[-1] not in included]
    return found
