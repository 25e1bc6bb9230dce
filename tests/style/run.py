#!/usr/bin/env python3
"""Checks one rule of style: run.py RULE --build DIR.  With --prove: shows instead that the rule can fail.

A rule is a module beside this file with
  check(tree)   the violations, a line of text each
  CLEAN         {path: text}, a small tree that keeps the rule
  PLANTED       [(words that the violation must hold, {path: text} laid over CLEAN)]
  OBJECTS       optional, true when the rule looks at compiled objects
  prepare(build)  optional, fills the build directory of a planted tree
"""

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def compile_tree(root, build):
    """What CMake would leave behind: objects in the folders of their targets, and the list of commands."""
    entries = []
    for folder, _, files in os.walk(root):
        for name in sorted(files):
            source = os.path.relpath(os.path.join(folder, name), root)
            if not name.endswith(".c") or "NOT_BUILT" in name:
                continue
            target = "src/CMakeFiles/carafe_core.dir" if source.startswith("src/") else "tests/CMakeFiles/test.dir"
            output = os.path.join(target, source.split("/", 1)[1] + ".o")
            os.makedirs(os.path.dirname(os.path.join(build, output)), exist_ok=True)
            command = ["gcc", "-w", "-O2", "-fvisibility=hidden", "-c", os.path.join(root, source), "-o", output]
            subprocess.run(command, cwd=build, check=True)
            entries.append({"directory": build, "command": " ".join(command), "file": os.path.join(root, source)})
    with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(entries, file)


def violations_of(rule, files):
    """Check the rule on a tree that holds just these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        shutil.copy(os.path.join(ROOT, ".clang-format"), root)
        build = os.path.join(root, "build")
        os.makedirs(build, exist_ok=True)
        if getattr(rule, "OBJECTS", False):
            compile_tree(root, build)
        if hasattr(rule, "prepare"):
            rule.prepare(build)
        return rule.check(Tree(root, build))


def prove(rule):
    """What is wrong with the rule itself: it complains about a clean tree, or misses a planted violation."""
    wrong = [f"a clean tree is not: {violation}" for violation in violations_of(rule, rule.CLEAN)]
    if not rule.PLANTED:
        wrong.append("nothing is planted")
    for words, files in rule.PLANTED:
        found = violations_of(rule, {**rule.CLEAN, **files})
        if not any(words in violation for violation in found):
            wrong.append(f"missed `{words}` in {sorted(files)}: found {found}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule")
    parser.add_argument("--root", default=ROOT)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--prove", action="store_true")
    arguments = parser.parse_args()
    rule = importlib.import_module(arguments.rule)
    found = prove(rule) if arguments.prove else rule.check(Tree(arguments.root, arguments.build))
    for violation in found:
        print(violation)
    print(f"{arguments.rule}: {len(found)} {'defects of the rule' if arguments.prove else 'violations'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
