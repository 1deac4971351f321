#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every requirement of the Windows layer has a test of its number, and the table says where.

    check_requirements.py <source root> [--write]

A case begins with the numbers it is about: "W22 W23 after a veto: …". The table in tests/windows/README.md
names, for each number, files with such cases; --write makes that column complete.
"""
import pathlib
import re
import sys

NUMBERS = range(1, 64)
CASE = re.compile(r'\bTEST_CASE\s*\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)([^)]*)')
ROW = re.compile(r"^\| W(\d+) \| (.*?) \| (.*?) \|$", re.M)


def cases(root):
    """{number: names of files with a case of that number}"""
    found = {}
    tests = root / "tests"
    for path in sorted(tests.rglob("*_test.cpp")):
        name = path.relative_to(tests).with_suffix("").as_posix().removeprefix("windows/")
        for title, decorators in CASE.findall(path.read_text()):
            if "skip" in decorators:  # run in a child process, by another case
                continue
            leading = re.match(r"(?:W\d+ )+", "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', title)))
            for number in re.findall(r"\d+", leading.group()) if leading else []:
                found.setdefault(int(number), set()).add(name)
    return found


def column(names):
    return ", ".join(f"`{name}`" for name in sorted(names))


def findings(found, table):
    listed = {int(number): where for number, _, where in ROW.findall(table)}
    for number in NUMBERS:
        if number not in found:
            yield f"W{number}: no test"
        elif number not in listed:
            yield f"W{number}: not in the table"
        for name in re.findall(r"`([^`]+)`", listed.get(number, "")):
            if name not in found.get(number, set()):
                yield f"W{number}: {name} has no case of it"
    for number in sorted((set(found) | set(listed)) - set(NUMBERS)):
        yield f"W{number}: no such requirement"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    path = root / "tests/windows/README.md"
    found = cases(root)
    if "--write" in sys.argv[2:]:
        fill = lambda row: f"| W{row[1]} | {row[2]} | {column(found.get(int(row[1]), set()))} |"
        path.write_text(ROW.sub(fill, path.read_text()))
    table = path.read_text()
    # The check must be able to fail.
    if not list(findings({}, table)) or not list(findings(found | {64: {"x"}}, table)):
        sys.exit("a missing test passes: the check cannot fail")
    wrong = list(findings(found, table))
    print("\n".join(wrong + [f"{len(found)} requirements with tests, {len(wrong)} findings"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
