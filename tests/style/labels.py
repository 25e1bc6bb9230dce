"""A test that loads librdkafka says so: ThreadSanitizer leaves out what has the label `rdkafka`."""

import json
import os
import subprocess

# The planted tests are written as CMake would; see prepare() for their programs.
TEST = 'add_test(%s "${CMAKE_CURRENT_LIST_DIR}/%s" "--fast")\nset_tests_properties(%s PROPERTIES LABELS "%s")\n'
CLEAN = {"build/CTestTestfile.cmake": TEST % ("a", "plain", "a", "") + TEST % ("b", "loading", "b", "slow;rdkafka")}
PLANTED = [("c: loading loads librdkafka", {"build/CTestTestfile.cmake": TEST % ("c", "loading", "c", "slow")})]


def prepare(build):
    """A program that loads librdkafka and one that does not."""
    for name, flags in (("plain", ()), ("loading", ("-Wl,--no-as-needed", "-lrdkafka"))):
        subprocess.run(["gcc", "-x", "c", "-", "-o", os.path.join(build, name), *flags], check=True, text=True,
                       input="int main(void)\n{\n    return 0;\n}\n")


def loads_librdkafka(path):
    done = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
    return "librdkafka.so" in done.stdout


def listed(tree):
    """The tests as ctest knows them."""
    return json.loads(tree.run("ctest", "--test-dir", tree.build, "--show-only=json-v1"))["tests"]


def check(tree):
    found = []
    for test in listed(tree):
        labels = {label for item in test["properties"] if item["name"] == "LABELS" for label in item["value"]}
        if "rdkafka" in labels:
            continue
        programs = [word for word in test.get("command", []) if word.startswith(tree.build) and os.path.isfile(word)]
        found += [f"{test['name']}: {os.path.basename(program)} loads librdkafka: expected the label rdkafka"
                  for program in programs if loads_librdkafka(program)]
    return found
