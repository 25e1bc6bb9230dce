"""Every scenario says first why it is there."""

CLEAN = {"scenarios/a.scn": "# Why: because.\nat 0 start s1\n"}
PLANTED = [("scenarios/b.scn", {"scenarios/b.scn": "at 0 start s1\n# Why: too late\n"}),
           ("scenarios/area/b.scn", {"scenarios/area/b.scn": "# Why:\nat 0 start s1\n"})]


def check(tree):
    found = []
    for path in tree.files((".scn",), ("scenarios/",)):
        first = tree.text(path).split("\n", 1)[0]
        if not first.startswith("# Why:") or not first[6:].strip():
            found.append(f"{path}:1: expected `# Why: ...`, got `{first}`")
    return found
