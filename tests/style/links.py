"""Links in Markdown files lead somewhere."""

import os
import re

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?)\s*#*$", re.MULTILINE)

CLEAN = {"README.md": "# A title: of `this`\n[a](src/README.md#the-second-one) [b](#a-title-of-this) [c](src)\n"
                      "[d](https://example.org)\n```\n[e](nowhere)\n```\n",
         "src/README.md": "# One\n## The second one\n"}
PLANTED = [("nowhere.md", {"src/b.md": "[a](nowhere.md)\n"}),
           ("#three", {"src/b.md": "[a](README.md#three)\n"}),
           ("#none", {"b.md": "# b\n[a](#none)\n"})]


def prose(text):
    """Without code, keeping the lines."""
    text = re.sub(r"^```.*?^```", lambda match: "\n" * match.group().count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text):
    """As the usual viewers make them from headings."""
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(without_code)}


def check(tree):
    found = []
    for path in tree.files((".md",)):
        text = prose(tree.text(path))
        for match in LINK.finditer(text):
            target, _, anchor = match.group(1).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            where = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            full = os.path.join(tree.root, where)
            there = os.path.exists(full)
            if there and anchor and where.endswith(".md"):
                there = anchor in anchors(tree.text(where))
            if not there:
                found.append(f"{path}:{text.count(chr(10), 0, match.start()) + 1}: leads nowhere: {match.group(1)}")
    return found
