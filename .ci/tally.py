#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts the results of a meson test run: tally.py <job> <testlog.json>

The last line is `passed failed skipped`; before it, one line for each skip with its reason.
"""
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


def reason(test):
    rows = [row.strip() for row in (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines()]
    named = [row for row in rows if row.lower().startswith("skipped")]
    return (named or [row for row in rows if row] or ["no reason given"])[0]


def main():
    job, log = sys.argv[1:]
    passed = failed = skipped = 0
    with open(log) as results:
        for line in results:
            test = json.loads(line)
            if test["result"] == "SKIP":
                skipped += 1
                print(f"SKIPPED: {job}: {test['name']}: {reason(test)}")
                continue
            if test["result"] in PASSED:
                passed += 1
            else:
                failed += 1
                print(f"FAILED: {job}: {test['name']}: {test['result']}")
            # Cases that could not do their work inside a program that otherwise ran.
            for row in test.get("stdout", "").splitlines():
                if row.startswith("SKIPPED case:"):
                    skipped += 1
                    print(f"SKIPPED: {job}: {test['name']}: {row[len('SKIPPED case:'):].strip()}")
    if passed + failed + skipped == 0:
        sys.exit("no test ran")
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
