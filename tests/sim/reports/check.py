#!/usr/bin/env python3
"""Every message that servers send in scenarios is what the Web UI takes: envelope, contract, key order, number kinds.

check.py KSIM CARAFE SCENARIO...: runs each with --reports, and gives every message to `carafe validate`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

REPORT_KEYS = ["schema_version", "type", "dispatched_at", "process", "versions", "stats", "consumer_groups", "jobs"]
PROCESS_KEYS = ["id", "started_at", "status", "execution_mode", "listeners", "workers", "memory_usage",
                "memory_total_usage", "memory_size", "cpus", "threads", "cpu_usage", "tags", "bytes_received",
                "bytes_sent"]
ERROR_KEYS = ["schema_version", "type", "error_class", "error_message", "backtrace", "details", "occurred_at", "process"]
FLOATS = {"dispatched_at", "started_at", "updated_at", "occurred_at", "poll_age"}
EITHER = {"utilization", "cpu_usage"}
PROCESS_ID = re.compile(r"[^:]+:[0-9]+:[0-9a-f]{12}")


def wrong_numbers(value, name=""):
    """Names of numbers that are an Integer where a Float is due, or the other way round."""
    if isinstance(value, dict):
        return [wrong for key, child in value.items() for wrong in wrong_numbers(child, key)]
    if isinstance(value, list):
        return [wrong for child in value for wrong in wrong_numbers(child, name)]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or name in EITHER:
        return []
    return [name] if isinstance(value, float) != (name in FLOATS) else []


def wrong_document(document, is_report):
    keys = [key for key in document if is_report or key != "id"]  # since error schema 1.2.0
    if keys != (REPORT_KEYS if is_report else ERROR_KEYS):
        yield f"keys: {list(document)}"
    if is_report and list(document["process"]) != PROCESS_KEYS:
        yield f"keys of process: {list(document['process'])}"
    yield from (f"number of the wrong kind: {name}" for name in wrong_numbers(document))


def wrong_envelope(entry, document, is_report):
    if entry["key"] != document["process"]["id"] or PROCESS_ID.fullmatch(entry["key"]) is None:
        yield f"key: {entry['key']}"
    if entry["headers"] != {"zlib": "true"}:
        yield f"headers: {entry['headers']}"
    if is_report and entry["partition"] != 0:
        yield f"partition: {entry['partition']}"


def validate(carafe, kind, options, files):
    done = subprocess.run([carafe, "validate", "--kind", kind, *options, *files], capture_output=True, text=True,
                          check=False)
    verdicts = done.stdout.splitlines()
    if len(verdicts) != len(files):
        return [f"{len(files)} {kind}s: {len(verdicts)} verdicts, {done.stderr.strip()}"]
    return [f"{file}: {verdict}" for file, verdict in zip(files, verdicts) if verdict != "valid"]


def check_folder(carafe, folder):
    """The number of messages, and what is wrong with them."""
    found = []
    files = {"report": [], "error": []}
    with open(os.path.join(folder, "index.jsonl"), encoding="utf-8") as index:
        entries = [json.loads(line) for line in index]
    for entry in entries:
        is_report = entry["topic"].endswith("reports")
        path = os.path.join(folder, entry["number"])
        files["report" if is_report else "error"].append(path)
        with open(path + ".json", encoding="utf-8") as text:
            document = json.load(text)
        found += [f"{entry['number']}: {wrong}" for wrong in wrong_document(document, is_report)]
        found += [f"{entry['number']}: {wrong}" for wrong in wrong_envelope(entry, document, is_report)]
    for kind, paths in files.items():
        if paths:
            found += validate(carafe, kind, ["--zlib"], [path + ".bin" for path in paths])
            found += validate(carafe, kind, [], [path + ".json" for path in paths])
            found += validate_lines(carafe, kind, paths)
    return len(entries), found


def validate_lines(carafe, kind, paths):
    """All documents of a kind as lines of one file."""
    lines = "".join(open(path + ".json", encoding="utf-8").read().strip() + "\n" for path in paths)
    done = subprocess.run([carafe, "validate", "--kind", kind, "--jsonl"], input=lines, capture_output=True, text=True,
                          check=False)
    valid = done.stdout.splitlines().count("valid")
    return [] if done.returncode == 0 and valid == len(paths) else [f"--jsonl: {valid} of {len(paths)} {kind}s valid"]


def main():
    ksim, carafe, *scenarios = sys.argv[1:]
    wrong = 0
    for scenario in scenarios:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([ksim, "--quiet", "--reports", folder, scenario], capture_output=True, text=True,
                                  check=False)
            assert done.returncode == 0, done.stdout
            count, found = check_folder(carafe, folder)
        wrong += len(found) + (count == 0)
        print(f"{os.path.basename(scenario)}: {count} messages, {len(found)} wrong")
        print("".join(f"  {line}\n" for line in found[:10]), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
