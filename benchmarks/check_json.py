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

# (scenario, library) that must be there; a peer's name stands for those that were found.
PRESENT = {
    "dispatch_latency": [
        ("notify", "raw loop"), ("notify", "vector<function>"), ("notify", "mutex"), ("notify", "assent"), ("notify", "PEER"),
        ("notify", "assent, symmetric"), ("notify", "assent, single-threaded"), ("churn", "assent, symmetric"),
        ("register", "assent"), ("register", "PEER"), ("unregister", "assent"), ("unregister", "PEER"), ("pair", "assent"),
        ("churn", "assent"), ("churn", "mutex"), ("threads", "raw loop"), ("threads", "assent"),
        ("keyed", "raw loop"), ("keyed", "hash table"), ("keyed", "assent"), ("transact", "raw loop"), ("transact", "assent"),
        ("race", "assent"), ("race", "mutex"),
    ],
    "registration_memory": [("memory", "assent"), ("memory", "assent, keyed"), ("memory", "PEER")],
}


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
    present = {(row.get("scenario"), row.get("library")) for row in data.get("rows", [])}
    found += [f"no row for {scenario}, {library}" for scenario, library in wanted if (scenario, library) not in present]
    # Not a time: what the library guarantees.
    for row in data.get("rows", []):
        if row.get("scenario") == "race" and row.get("unit") == "callbacks" and row.get("library") in ("assent", "mutex"):
            if row.get("median") != 0:
                found.append(f"race: {row['library']}: {row['median']} callbacks {row['variant']}")
    return found


def wanted_of(program, peers):
    wanted = []
    for scenario, library in PRESENT[program]:
        wanted += [(scenario, peer) for peer in peers] if library == "PEER" else [(scenario, library)]
    return wanted


def selftest():
    row = {"scenario": "race", "variant": "", "library": "assent", "n": 1, "threads": 2, "unit": "callbacks", "median": 0,
           "p99": None, "p999": None, "ratio_to_raw": None}
    good = {"machine": "m", "compiler": "c", "flags": "f", "date": "d", "placement": "p", "rows": [row]}
    assert problems(good, [("race", "assent")]) == []
    assert problems(good, [("race", "mutex")])
    assert problems({**good, "date": ""}, [])
    assert problems({**good, "rows": [{**row, "median": None}]}, [])
    assert problems({**good, "rows": [{**row, "median": 1}]}, [])
    assert problems({**good, "rows": [{**row, "p99": "1"}]}, [])


def main():
    selftest()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--peers", default="", help="the libraries that were found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "result.json"
        done = subprocess.run([options.program, "--quick", "--json", file], check=False)
        if done.returncode != 0:
            sys.exit(f"{options.program.name}: exit status {done.returncode}")
        data = json.loads(file.read_text())
    peers = [peer for peer in options.peers.split(",") if peer]
    found = problems(data, wanted_of(options.program.name, peers))
    for problem in found:
        print(problem)
    print(f"{len(data['rows'])} rows, {len(found)} problems")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
