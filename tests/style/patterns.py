"""Words and constructs that have no place in the tree, or in a part of it."""

import re

from tree import line_of

C = (".c", ".h")
ANY = ("",)

# (what, suffixes, folders, look only at code, pattern, why)
RULES = [
    ("condition in src", C, ("src/",), True,
     r"^[ \t]*#[ \t]*(?:if|elif)\b(?!def|ndef)(?!.*__has_)[^\n]*|^[ \t]*#[ \t]*ifdef\b(?![ \t]+__)[^\n]*"
     r"|^[ \t]*#[ \t]*ifndef\b(?![ \t]+CARAFE_\w*H\b|[ \t]+[A-Z][A-Z0-9_]*_H\b)[^\n]*",
     "what is tested is what is shipped: nothing is compiled differently for tests"),
    ("typedef of a struct", C, ("src/", "sim/"), True, r"\btypedef\s+(?:struct|union|enum)\b", "say struct where it is used"),
    ("unbounded copy", C, ("src/", "sim/"), True, r"(?<![\w>.])(?:strcpy|strcat|sprintf|vsprintf|gets)\s*\(",
     "every write has a bound"),
    ("sleeping in a test", C, ("tests/",), True, r"(?<![\w>.])(?:sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep)\s*\(",
     "a test waits for what it wants, never for time to pass"),
    ("sleeping in a script", ("tests/run", ".sh", ".py", ".bash"), ("tests/", "scripts/"), False,
     r"(?:^|[;&|({]|\bdo\b|\bthen\b)[ \t]*(?:time\.)?sleep[ \t(]+[\d$.\"]", "a test waits for what it wants, never for time to pass"),
    ("glob in CMake", ("CMakeLists.txt", ".cmake"), ANY, False, r"\bfile\(GLOB", "a start of ksim does not look through folders"),
    ("unfinished work", C + (".py", ".sh", ".cmake", ".txt", ".md", ".scn"), ANY, False, r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b",
     "finish it or leave it out"),
    ("the workplace", ("",), ANY, False,
     r"(?<![\w.])/wo" r"rk/|/tmp/(?:lrk|pro" r"to)\b|HELP" r"ERS\b|(?<![-\w])[Pp]roto" r"types?\b|\.\./sha" r"red\b|/ro" r"ot/"
     r"|(?i:\bcla" r"ude\b|\banth" r"ropic\b|\bsub-?ag" r"ent)",
     "the tree speaks of the project alone"),
]

# (what, path or folder): why it may
ALLOWED = {
    ("sleeping in a test", "tests/sim/world/"): "time there is the simulated one",
}

CLEAN = {
    "src/a.h": "#ifndef CARAFE_A_H\n#define CARAFE_A_H\n#ifdef __cplusplus\n#endif\n/* #ifdef TEST sleep(1) */\n#endif\n",
    "tests/unit/a.c": 'int a(void)\n{\n    return carafe_sleep(1) + clock->sleep(2) + text("sleep(3)");\n}\n',
    "tests/sim/world/a.c": "void a(void)\n{\n    nanosleep(0, 0);\n}\n",
    "cmake/a.cmake": "-Wstrict-proto" "types\n",
}
PLANTED = [
    ("condition in src", {"src/b.c": "#ifdef CARAFE_TEST\n#endif\n"}),
    ("condition in src", {"src/b.c": "#if 0\n#endif\n"}),
    ("condition in src", {"src/b.c": "#ifndef NDEBUG\n#endif\n"}),
    ("typedef of a struct", {"sim/b.h": "typedef struct b b;\n"}),
    ("unbounded copy", {"src/b.c": "void b(char *x)\n{\n    strcpy(x, x);\n}\n"}),
    ("sleeping in a test", {"tests/unit/b.c": "void b(void)\n{\n    usleep(1);\n}\n"}),
    ("sleeping in a script", {"tests/setup/b.sh": "true; sle" "ep 1\n"}),
    ("sleeping in a script", {"tests/b.py": "import time\ntime.sle" "ep(1)\n"}),
    ("glob in CMake", {"src/CMakeLists.txt": "file(GLOB sources *.c)\n"}),
    ("unfinished work", {"src/b.c": "/* TO" "DO */\n"}),
    ("the workplace", {"src/b.c": "/* see /wo" "rk/main */\n"}),
    ("the workplace", {"README.md": "Read HELP" "ERS.md\n"}),
    ("the workplace", {"README.md": "As in the proto" "type.\n"}),
]


def check(tree):
    found = []
    for what, suffixes, folders, only_code, pattern, why in RULES:
        regex = re.compile(pattern, re.MULTILINE)
        for path in tree.files(suffixes, folders):
            if any(what == name and path.startswith(place) for name, place in ALLOWED) or path.endswith(".gz"):
                continue
            text = tree.code(path) if only_code else tree.text(path)
            for match in regex.finditer(text):
                found.append(f"{path}:{line_of(text, match.start())}: {what}: `{match.group().strip()}`: {why}")
    return found
