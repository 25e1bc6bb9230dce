"""Every lock of src is a struct lock with a place in the one order, which src/README.md shows as it is."""

import re

from tree import line_of

TABLE = "src/base/lock.h"
SHOWN = "src/README.md"
RAW = re.compile(r"\bpthread_(?:mutex|rwlock|spin)_\w+|\bmtx_\w+|->wait_until\s*\(")
RAW_ALLOWED = ("src/base/lock.h", "src/base/lock.c", "src/ports/clock.h", "src/posix/clock.c")
PLACE = re.compile(r'\bPLACE\((\w+), "([^"]+)", (\w+)\)')
INIT = re.compile(r"\block_init\([^;]*\b(LOCK_\w+)\)")
MEMBER = re.compile(r"^[ \t]+struct lock \w+;", re.MULTILINE)
ROW = re.compile(r"^\|([^|\n]*)\|[^|\n]*\|([^|\n]*)\|[ \t]*$", re.MULTILINE)

LOCK_H = """#define LOCK_ORDER(PLACE) \\
    PLACE(SERVER, "server", NONE) \\
    PLACE(POOL, "pool", SERVER)
"""
README = "## Locks\n\n| lock | is for | may be taken inside of |\n|---|---|---|\n| server | all | |\n| pool | some | server |\n"
SERVER = "struct server {\n    struct lock lock;\n};\nvoid a(void)\n{\n    lock_init(&a->lock, LOCK_SERVER);\n}\n"
POOL = "struct pool {\n    struct lock lock;\n};\nvoid b(void)\n{\n    lock_init(&b->lock, LOCK_POOL);\n}\n"
CLEAN = {
    TABLE: LOCK_H,
    SHOWN: README,
    "src/base/lock.c": "void c(void)\n{\n    pthread_mutex_lock(&m);\n}\n",
    "src/server/a.c": SERVER,
    "src/server/b.c": POOL,
}
PLANTED = [
    ("expected a struct lock", {"src/server/c.c": "void c(void)\n{\n    pthread_mutex_lock(&m);\n}\n"}),
    ("expected a struct lock", {"src/server/c.h": "struct c {\n    pthread_mutex_t m;\n};\n"}),
    ("expected a struct lock", {"src/kafka/c.c": "int c(void)\n{\n    return k->wait_until(k, &x, &y, 1);\n}\n"}),
    ("LOCK_POOL: expected one lock_init", {"src/server/b.c": "int b(void);\n"}),
    ("LOCK_POOL: expected one lock_init", {"src/server/c.c": POOL.replace("b(void)", "c(void)")}),
    ("3 locks, 2 places", {"src/server/c.h": "struct c {\n    struct lock lock;\n};\n"}),
    ("the table of locks", {SHOWN: README.replace("| server |\n", "| |\n")}),
    ("the table of locks", {SHOWN: README.replace("| pool | some | server |\n", "")}),
]


def rows_of(text):
    """(lock, outer lock) of each row below the heading `Locks`."""
    section = text.split("\n## Locks\n", 1)[-1] if "\n## Locks\n" in text else text.split("## Locks\n", 1)[-1]
    rows = [(name.strip(), outer.strip()) for name, outer in ROW.findall(section.split("\n## ", 1)[0])]
    return [row for row in rows if row[0] != "lock" and not row[0].startswith("---")]


def check(tree):
    found = []
    places = PLACE.findall(tree.text(TABLE))
    names = {symbol: name for symbol, name, outer in places}
    inits = []
    members = 0
    for path in tree.files((".c", ".h"), ("src/",)):
        code = tree.code(path)
        inits += INIT.findall(code)
        members += len(MEMBER.findall(code))
        for match in RAW.finditer(code if path not in RAW_ALLOWED else ""):
            found.append(f"{path}:{line_of(code, match.start())}: {match.group()}: expected a struct lock, and clock_wait")
    for symbol in names:
        if inits.count(f"LOCK_{symbol}") != 1:
            found.append(f"{TABLE}: LOCK_{symbol}: expected one lock_init, got {inits.count(f'LOCK_{symbol}')}")
    if members != len(places):
        found.append(f"src: {members} locks, {len(places)} places in {TABLE}")
    written = [(name, names.get(outer, "")) for symbol, name, outer in places]
    shown = rows_of(tree.text(SHOWN))
    if written != shown:
        found.append(f"{SHOWN}: the table of locks: expected {written}, got {shown}")
    return found
