#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""trace_test.py PROGRAM: what trace_program writes is JSON, and what the trace viewers expect of it.

Exit status 0 when it holds for every mode of the program.
"""
import collections
import json
import os
import shlex
import subprocess
import sys


# A program for another system is run by this.
WRAPPER = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))


def reject(word):
    raise ValueError(f"{word} is no JSON")


def trace(program, mode):
    output = subprocess.run(WRAPPER + [program, mode], capture_output=True, check=True, timeout=60).stdout
    return json.loads(output.decode("utf-8", errors="strict"), parse_constant=reject)


def judge(events):
    """What a viewer would stumble over; empty: nothing."""
    wrong = []
    stacks, last = collections.defaultdict(list), collections.defaultdict(float)
    for number, event in enumerate(events):
        here = f"event {number} {event}"
        if event["ph"] not in ("B", "E") or not isinstance(event["tid"], int) or not isinstance(event["pid"], int):
            wrong.append(f"{here}: ph, pid or tid")
            continue
        if event["ts"] < last[event["tid"]]:
            wrong.append(f"{here}: goes back in time")
        last[event["tid"]] = event["ts"]
        stack = stacks[event["tid"]]
        if event["ph"] == "B":
            stack.append(event)
            if not event["name"] or not event["cat"]:
                wrong.append(f"{here}: has no name")
        elif not stack:
            wrong.append(f"{here}: ends what did not begin")
        else:
            stack.pop()
    wrong += [f"thread {tid} leaves {stack}" for tid, stack in stacks.items() if stack]
    return wrong


def selftest():
    begin = {"ph": "B", "pid": 1, "tid": 1, "ts": 1.0, "name": "x", "cat": "callback"}
    end = {"ph": "E", "pid": 1, "tid": 1, "ts": 2.0, "args": {"ended": "done"}}
    assert judge([begin, end]) == []
    assert judge([begin]) and judge([end]) and judge([begin, {**end, "tid": 2}])
    assert judge([begin, {**end, "ts": 0.5}]) and judge([begin, {**end, "tid": "1"}])


def main():
    selftest()
    program = sys.argv[1]
    if trace(program, "nothing") != []:
        sys.exit("a trace of nothing is not empty")
    backward = trace(program, "backward")
    if any(event["ts"] < 0 for event in backward) or judge(backward):
        sys.exit(f"a clock that is set back shows: {backward}")
    events = trace(program, "all")
    wrong = judge(events)
    callbacks = [event["name"] for event in events if event.get("cat") == "callback"]
    for name in (
        "callback 'plain'",
        "callback '\"quoted\" back\\slash /'",
        "callback 'nul\0 inside'",
        "callback 'tab\t line\n feed\f bell\a escape\x1b delete\x7f'",
        "callback 'umlaut \u00e4, euro \u20ac, clef \U0001d11e'",
        "callback 'cut short \ufffd\ufffd'",
        "callback 'overlong \ufffd\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd'",
        "callback 'surrogate \ufffd\ufffd\ufffd, too large \ufffd\ufffd\ufffd\ufffd \ufffd'",
        "callback '</script> ]}] , \\u0041'",
        "callback '" + "".join(map(chr, range(1, 128))) + "\ufffd" * 128 + "'",
        "callback ''",
        "prepare 'first'",
        "commit 'second'",
        "abort 'first'",
    ):
        if name not in callbacks:
            wrong.append(f"no {name!r}")
    endings = {event["args"]["ended"] for event in events if event["ph"] == "E"}
    wanted = {"done", "refused", "failed", "would deadlock"}
    if "callback 'thrower'" in callbacks:
        wanted |= {"threw"}
    if "prepare 'ended'" in callbacks:
        wanted |= {"cancelled"}
    if endings != wanted:
        wrong.append(f"endings {endings}, not {wanted}")
    shared = {event["tid"] for event in events if event.get("name") == "callback 'shared'"}
    if not shared or shared & {0}:
        wrong.append(f"threads {shared}")
    print("\n".join(wrong) or f"{len(events)} events, {len({event['tid'] for event in events})} threads")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
