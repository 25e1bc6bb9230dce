"""Who may include whom."""

import os
import re

from tree import line_of

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
PUBLIC = "src/carafe.h"
CORE = ("src/base", "src/ports", "src/server", "src/tracking", "src/swarm", "src/application", PUBLIC)

# layer: the layers it may include beside itself.  src/ and sim/ stand for all below them.
MAY = {
    PUBLIC: (),
    "src/base": (PUBLIC,),
    "src/ports": (PUBLIC, "src/base"),
    "src/server": (PUBLIC, "src/base", "src/ports"),
    "src/tracking": (PUBLIC, "src/base", "src/ports"),
    "src/swarm": (PUBLIC, "src/base", "src/ports", "src/server"),
    "src/application": (PUBLIC, "src/base", "src/ports", "src/server", "src/tracking", "src/swarm"),
    "src/posix": (PUBLIC, "src/base", "src/ports"),
    "src/kafka": (PUBLIC, "src/base", "src/ports"),
    "src/carafe.c": ("src",),
    "src/cli": ("src",),
    "sim/world": (),
    "sim/kafka": ("src", "sim"),
    "sim/scenario": ("src", "sim"),
    "sim/oracle": ("src", "sim"),
    "sim/run": ("src", "sim"),
    "sim/main.c": ("src", "sim"),
    "sim/thread_sanitizer.c": ("sim",),
    "sim/ksim.h": (PUBLIC,),
    "tests": ("src", "sim"),
}

# The core is plain C, threads and zlib; a platform's headers belong behind a port.
CORE_HEADERS = """
    assert.h ctype.h errno.h float.h inttypes.h limits.h locale.h math.h pthread.h stdalign.h stdarg.h stdatomic.h stdbool.h
    stddef.h stdint.h stdio.h stdlib.h string.h strings.h sys/types.h time.h zlib.h
""".split()

# header: the only folders that may include it
RESERVED = {
    "librdkafka/rdkafka.h": ("src/kafka/", "sim/", "tests/"),
    "librdkafka/rdkafka_mock.h": ("sim/kafka/", "tests/"),
}

HEADER = "#define A 1\n"
CLEAN = {
    "src/carafe.h": HEADER,
    "src/base/a.h": '#include "carafe.h"\n',
    "src/ports/a.h": '#include "base/a.h"\n#include "ports/b.h"\n#include <pthread.h>\n',
    "src/ports/b.h": HEADER,
    "src/kafka/a.c": '#include <librdkafka/rdkafka.h>\n#include "ports/a.h"\n',
    "src/posix/a.h": HEADER,
    "src/server/a.h": HEADER,
    "src/tracking/a.h": HEADER,
    "sim/world/a.h": HEADER,
    "sim/run/a.c": '#include "world/a.h"\n#include "server/a.h"\n',
}
PLANTED = [
    ("src/base may not include src/ports", {"src/base/c.c": '#include "ports/a.h"\n'}),
    ("src/server may not include src/tracking", {"src/server/c.c": '#include "tracking/a.h"\n'}),
    ("src/tracking may not include src/server", {"src/tracking/c.c": '#include "../server/a.h"\n'}),
    ("src/server may not include src/posix", {"src/server/c.h": '  #  include "posix/a.h"\n'}),
    ("src/cli may not include sim/world", {"src/cli/c.c": '#include "world/a.h"\n'}),
    ("sim/world may not include src/base", {"sim/world/c.c": '#include "base/a.h"\n'}),
    ("rdkafka.h: only", {"src/cli/c.c": "#include <librdkafka/rdkafka.h>\n"}),
    ("rdkafka_mock.h: only", {"sim/run/c.c": "#include <librdkafka/rdkafka_mock.h>\n"}),
    ("unistd.h: expected", {"src/server/c.c": "#include <unistd.h>\n"}),
    ("belongs to no layer", {"src/stray/c.c": HEADER}),
    ("nowhere.h: not found", {"src/base/c.c": '#include "nowhere.h"\n'}),
]


def layer_of(path):
    for layer in MAY:
        if path == layer or path.startswith(layer + "/"):
            return layer
    return None


def resolve(tree, path, name):
    """The file that a quoted include means: beside the includer, or below src or sim."""
    for folder in (os.path.dirname(path), "src", "sim", "tests", "tests/unit"):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(tree.root, candidate)):
            return candidate
    return None


def complaint(tree, path, layer, quote, name):
    """What is wrong with one include, or None."""
    if quote == "<":
        if name in RESERVED and not path.startswith(RESERVED[name]):
            return f"{name}: only {', '.join(RESERVED[name])} may include it"
        if layer in CORE and name not in CORE_HEADERS:
            return f"{name}: expected a header that the core may include"
        return None
    target = resolve(tree, path, name)
    if target is None:
        return f"{name}: not found"
    other = layer_of(target)
    if other == layer or any(other == may or str(other).startswith(may + "/") for may in MAY[layer]):
        return None
    return f"{layer} may not include {other}: {name}"


def check(tree):
    found = []
    for path in tree.files((".c", ".h"), ("src/", "sim/", "tests/")):
        layer = layer_of(path)
        if layer is None:
            found.append(f"{path}: belongs to no layer that is known here")
            continue
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            wrong = complaint(tree, path, layer, *match.groups())
            if wrong:
                found.append(f"{path}:{line_of(text, match.start())}: {wrong}")
    return found
