"""The tree that a rule looks at: its files, and the build directory with its objects."""

import functools
import json
import os
import re
import subprocess

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(match):
    """Keep the shape of what was matched, so that line numbers stay true."""
    text = match.group()
    inside = re.sub(r"[^\n]", " ", text[1:-1])
    return f"{text[0]}{inside}{text[0]}" if text[0] in "\"'" else re.sub(r"[^\n]", " ", text)


class Tree:
    """Paths are relative to `root`; `build` is an absolute path."""

    def __init__(self, root, build):
        self.root = os.path.abspath(root)
        self.build = os.path.abspath(build)

    @functools.cached_property
    def everything(self):
        """Every file of the project, sorted; what is built and git's own files are not among them."""
        found = []
        for folder, folders, files in os.walk(self.root):
            if folder == self.root:
                folders[:] = [name for name in folders if name not in ("build", ".git")]
            folders[:] = [name for name in folders if name != "__pycache__"]
            found += [os.path.relpath(os.path.join(folder, name), self.root) for name in files if name != ".git"]
        return sorted(found)

    def files(self, suffixes, under=("",)):
        """The files with one of the suffixes in one of the folders."""
        return [path for path in self.everything if path.endswith(tuple(suffixes)) and path.startswith(tuple(under))]

    def text(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def code(self, path):
        """The text of a C file with its comments and the insides of its strings blanked out."""
        return COMMENT_OR_STRING.sub(blank, self.text(path))

    def run(self, *command):
        """What a tool prints; a tool that fails to run is an error of the rule, not a violation."""
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout

    def compiled(self):
        """{source path: object path} of everything CMake compiles from this tree."""
        with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as file:
            entries = json.load(file)
        objects = {}
        for entry in entries:
            source = os.path.relpath(os.path.join(entry["directory"], entry["file"]), self.root)
            output = entry.get("output") or re.search(r" -o (\S+)", entry["command"]).group(1)
            objects.setdefault(source, []).append(os.path.join(entry["directory"], output))
        return objects


def line_of(text, position):
    return text.count("\n", 0, position) + 1
