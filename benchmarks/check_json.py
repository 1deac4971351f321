#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs a benchmark program in its quick mode and looks at what it wrote. Asserts no time.

    check_json.py PROGRAM [--peers NAME,...]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HEADER = {"machine": str, "compiler": str, "flags": str, "date": str, "placement": str, "rows": list}
ROW = {"scenario": str, "variant": str, "library": str, "n": int, "threads": int, "unit": str}
VALUES = ("median", "p99", "p999", "ratio_to_raw")

# What must be there: scenario, variants, libraries, numbers (none: any). A peer's name stands for those that were
# found, SAFE_PEER for those that two threads may use at once.
POLICIES = ["assent", "assent, fence none", "assent, symmetric"]
PRESENT = {
    "dispatch_latency": [
        ("notify", [""], ["raw loop", "vector<function>", "mutex", *POLICIES, "assent, single-threaded", "PEER"], [1, 4, 16, 64, 1024]),
        ("register", ["fifo", "lifo", "random"], ["memory alone", *POLICIES, "assent, single-threaded", "PEER"], [1000]),
        ("unregister", ["fifo", "lifo", "random"], ["memory alone", *POLICIES, "assent, single-threaded", "PEER"], [1000]),
        ("pair", ["alone", "others asleep"], [*POLICIES, "assent, single-threaded", "PEER"], None),
        ("churn", ["undisturbed", "disturbed", "throughput kept", "pairs", "latency, undisturbed", "latency, disturbed"],
         ["mutex", *POLICIES, "SAFE_PEER"], [16]),
        ("churn", ["undisturbed"], ["raw loop"], [16]),
        ("churn", ["heavy fences"], POLICIES, [16]),
        ("threads", ["one notifier", "two notifiers", "two to one"], ["raw loop", "mutex", *POLICIES, "SAFE_PEER"], [1, 16]),
        ("keyed", ["hot key", "random keys"], ["raw loop", "hash table", "assent"], None),
        ("keyed", ["random keys to hash table"], ["assent"], None),
        ("transact", [""], ["raw loop", "assent"], [1, 4, 16, 64]),
        ("race", ["running when unregistered", "started afterwards", "still running afterwards"],
         ["mutex", *POLICIES, "assent, no_wait", "SAFE_PEER"], None),
    ],
    "registration_memory": [
        ("memory", ["beyond the callable", "at the worst growth point", "allocations"],
         [*POLICIES, "assent, single-threaded", "assent, keyed", "PEER"], [1000]),
        ("memory", ["allocations"], ["assent, supplied storage"], [1000]),
    ],
}
UNSAFE = ("libsigc++",)
ONE = {"dispatch_latency": "transact", "registration_memory": "memory"}  # for --only


def problems(data, wanted):
    """What is wrong with a result, as a list of sentences."""
    found = []
    for key, kind in HEADER.items():
        if not isinstance(data.get(key), kind) or not data.get(key):
            found.append(f"header: {key} is missing or empty")
    for number, row in enumerate(data.get("rows", [])):
        for key, kind in ROW.items():
            if not isinstance(row.get(key), kind):
                found.append(f"row {number}: {key} is missing")
        for key in VALUES:
            if key not in row or not isinstance(row[key], (int, float, type(None))):
                found.append(f"row {number}: {key} is no number")
        if not isinstance(row.get("median"), (int, float)):
            found.append(f"row {number}: has no median")
    present = {(row.get("scenario"), row.get("variant"), row.get("library"), n)
               for row in data.get("rows", []) for n in (None, row.get("n"))}
    found += ["no row for " + ", ".join(str(part) for part in row) for row in wanted if row not in present]
    # Not a time: what the library guarantees.
    for row in data.get("rows", []):
        if row.get("scenario") == "race" and row.get("unit") == "callbacks" and row.get("library") in ("mutex", *POLICIES):
            if row.get("median") != 0:
                found.append(f"race: {row['library']}: {row['median']} callbacks {row['variant']}")
        if row.get("library") == "assent, supplied storage" and row.get("median") != 0:
            found.append(f"memory: {row['library']}: {row['median']} allocations")
    return found


def wanted_of(program, peers):
    stands_for = {"PEER": peers, "SAFE_PEER": [peer for peer in peers if peer not in UNSAFE]}
    return [(scenario, variant, library, n)
            for scenario, variants, libraries, numbers in PRESENT[program]
            for variant in variants
            for named in libraries
            for library in stands_for.get(named, [named])
            for n in numbers or [None]]


def selftest():
    row = {"scenario": "race", "variant": "", "library": "assent", "n": 1, "threads": 2, "unit": "callbacks", "median": 0,
           "p99": None, "p999": None, "ratio_to_raw": None}
    good = {"machine": "m", "compiler": "c", "flags": "f", "date": "d", "placement": "p", "rows": [row]}
    assert problems(good, [("race", "", "assent", None), ("race", "", "assent", 1)]) == []
    for missing in (("race", "", "mutex", None), ("race", "x", "assent", None), ("race", "", "assent", 2)):
        assert problems(good, [missing])
    assert problems({**good, "date": ""}, [])
    assert problems({**good, "rows": [{**row, "median": None}]}, [])
    assert problems({**good, "rows": [{**row, "median": 1}]}, [])
    assert problems({**good, "rows": [{**row, "p99": "1"}]}, [])
    assert problems({**good, "rows": [{**row, "scenario": "memory", "library": "assent, supplied storage", "median": 1}]}, [])
    assert ("race", "started afterwards", "b", None) in wanted_of("dispatch_latency", ["b", *UNSAFE])
    assert ("race", "started afterwards", UNSAFE[0], None) not in wanted_of("dispatch_latency", ["b", *UNSAFE])


def main():
    selftest()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--peers", default="", help="the libraries that were found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "result.json"

        def run(*arguments, expected=0):
            done = subprocess.run([options.program, "--quick", "--json", file, *arguments], check=False)
            if done.returncode != expected:
                sys.exit(f"{options.program.name} {' '.join(arguments)}: exit status {done.returncode}")
            return json.loads(file.read_text())

        data = run()
        only = ONE[options.program.name]
        scenarios = {row["scenario"] for row in run("--only", only)["rows"]}
        run("--only", "nothing of that name", expected=2)
    peers = [peer for peer in options.peers.split(",") if peer]
    found = problems(data, wanted_of(options.program.name, peers))
    if scenarios != {only}:
        found.append(f"--only {only} measures {scenarios}")
    for problem in found:
        print(problem)
    print(f"{len(data['rows'])} rows, {len(found)} problems")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
