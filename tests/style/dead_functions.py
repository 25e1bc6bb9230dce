"""Every function of src and sim that is not static is called from another file, in src, sim or tests."""

import os
import re

OBJECTS = True

CLEAN = {
    "src/a.c": "int a(void)\n{\n    return 1;\n}\n",
    "src/main.c": "int a(void);\nint main(void)\n{\n    return a();\n}\n",
    "src/public.c": '__attribute__((visibility("default"))) int b(void)\n{\n    return 1;\n}\n',
}
PLANTED = [("src/b.c: c: referenced by no other file", {"src/b.c": "int c(void)\n{\n    return 1;\n}\n"}),
           ("src/b.c: d: referenced by no other file",
            {"src/b.c": "int d(void)\n{\n    return 1;\n}\nint a(void);\nint (*e)(void) = d;\n"})]

# A line of `readelf -sW`: type, binding, visibility, section and name of a symbol.
SYMBOL = re.compile(r"^\s*\d+: \S+ +\S+ (\w+) +(\w+) +(\w+) +(\S+) (\S+)$", re.MULTILINE)


def check(tree):
    defined, referenced = {}, set()
    for source, objects in tree.compiled().items():
        for path in filter(os.path.exists, objects):
            for kind, binding, visibility, section, name in SYMBOL.findall(tree.run("readelf", "-sW", path)):
                if binding not in ("GLOBAL", "WEAK"):
                    continue
                if section == "UND":
                    referenced.add(name)
                # What is exported is for others: embedders, and librdkafka in the simulated world.
                elif kind == "FUNC" and visibility == "HIDDEN" and source.startswith(("src/", "sim/")) and name != "main":
                    defined.setdefault(name, source)
    return [f"{source}: {name}: referenced by no other file: make it static or take it away"
            for name, source in sorted(defined.items(), key=lambda item: item[::-1]) if name not in referenced]
