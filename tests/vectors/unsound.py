#!/usr/bin/env python3
"""Files that are no vectors, or not all of them, never pass: unsound.py PROGRAM FILE, a gzip file of error vectors."""

import gzip
import os
import subprocess
import sys
import tempfile

SOUND = '{"schema_version":"1.1.0","type":"t","error_class":"c","error_message":"","backtrace":"","details":{},' \
        '"occurred_at":1.0,"process":{"id":"p"}}'


def line(document, valid):
    return ('{"name":"n","doc":"' + document.replace('"', '\\"') + '"' + valid + "}\n").encode()


def files(sound):
    """Name, bytes, and what the last line must be (None: anything that has failures)."""
    yield "cut_short", sound[:-100], None
    yield "damaged", sound[:500] + bytes(byte ^ 0xFF for byte in sound[500:540]) + sound[540:], None
    yield "empty", b"", "0 passed, 0 failed"
    yield "no_json", b"\x00\x01\n{}x\n", "0 passed, 2 failed"
    yield "a_nul_byte_spoils_one_line", b"{\x00}\n" + line(SOUND, ',"valid":true'), "1 passed, 1 failed"
    yield "no_verdict", line("{}", ""), "0 passed, 1 failed"
    yield "verdict_is_no_boolean", line("{}", ',"valid":0'), "0 passed, 1 failed"
    yield "no_document", b'{"name":"n","valid":false}\n', "0 passed, 1 failed"
    # The first document that names a version speaks for the file: a later 1.2.0 is text like any other.
    yield "newer_name_later", line(SOUND, ',"valid":true') + line(SOUND.replace("1.1.0", "1.2.0"), ',"valid":false'), \
        "1 passed, 1 failed"


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, errors="replace", check=False)


def main():
    program, source = sys.argv[1:]
    with open(source, "rb") as file:
        sound = file.read()
    assert gzip.decompress(sound), "expected vectors"
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content, expected in files(sound):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            done = run(program, "error", path)
            last = done.stdout.splitlines()[-1]
            if done.returncode != 1 or (last != expected if expected else last.endswith(", 0 failed")):
                wrong.append(f"{name}: exit {done.returncode}, {last}")
        for path in (folder, os.path.join(folder, "missing")):
            done = run(program, "error", path)
            if done.returncode != 1 or "cannot be read to its end" not in done.stdout:
                wrong.append(f"{path}: exit {done.returncode}, {done.stdout}")
    for arguments in ((), ("error",), ("nonsense", source), ("--help",)):
        done = run(program, *arguments)
        if done.returncode != 64 or not done.stderr.startswith("usage: ") or done.stdout:
            wrong.append(f"{arguments}: exit {done.returncode}, {done.stderr}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
