#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every guarantee and every requirement of the Windows layer has a test of its number, and the tables say where.

    check_requirements.py <source root> [--write]

A case begins with the numbers it is about: "W22 W23 after a veto: …"; so does the description of a test written in
Python. The tables in tests/README.md (G) and tests/windows/README.md (W) name, for each number, files with such
cases; --write makes that column complete.
"""
import pathlib
import re
import sys

CASE = re.compile(r'\bTEST_CASE\w*\s*\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)([^)]*)')
SCRIPT = re.compile(r'\A(?:#.*\n)*"""(.*)')
# Letter, last number, the file with the table, and the folder its names are relative to.
TABLES = (("G", 14, "tests/README.md", ""), ("W", 63, "tests/windows/README.md", "windows/"))


def titles(path):
    """What the file's tests are called."""
    text = path.read_text()
    if path.suffix == ".py":
        return SCRIPT.findall(text)
    # A case with `skip` is run in a child process, by another one.
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', title)) for title, decorators in CASE.findall(text) if "skip" not in decorators]


def cases(root, letter, folder):
    """{number: names of files with a test of that number}"""
    found = {}
    tests = root / "tests"
    for path in sorted([*tests.rglob("*_test.cpp"), *tests.rglob("*.py")]):
        name = path.relative_to(tests).with_suffix("").as_posix().removeprefix(folder)
        for title in titles(path):
            leading = re.match(r"(?:[GW]\d+ )+", title)
            for number in re.findall(rf"{letter}(\d+)", leading.group()) if leading else []:
                found.setdefault(int(number), set()).add(name)
    return found


def rows(letter):
    return re.compile(rf"^\| {letter}(\d+) \| (.*?) \| (.*?)\s*\|$", re.M)


def column(names):
    return ", ".join(f"`{name}`" for name in sorted(names))


def findings(found, table, letter, last):
    listed = {int(number): where for number, _, where in rows(letter).findall(table)}
    for number in range(1, last + 1):
        if number not in found:
            yield f"{letter}{number}: no test"
        elif number not in listed:
            yield f"{letter}{number}: not in the table"
        elif not listed[number]:
            yield f"{letter}{number}: the table does not say where"
        for name in re.findall(r"`([^`]+)`", listed.get(number, "")):
            if name not in found.get(number, set()):
                yield f"{letter}{number}: {name} has no case of it"
    for number in sorted((set(found) | set(listed)) - set(range(1, last + 1))):
        yield f"{letter}{number}: no such number"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    wrong = []
    for letter, last, file, folder in TABLES:
        path = root / file
        found = cases(root, letter, folder)
        if "--write" in sys.argv[2:]:
            fill = lambda row: f"| {letter}{row[1]} | {row[2]} | {column(found.get(int(row[1]), set()))} |"
            path.write_text(rows(letter).sub(fill, path.read_text()))
        table = path.read_text()
        # The check must be able to fail.
        if not list(findings({}, table, letter, last)) or not list(findings(found | {last + 1: {"x"}}, table, letter, last)):
            sys.exit("a missing test passes: the check cannot fail")
        wrong += findings(found, table, letter, last)
        print(f"{len(found)} numbers {letter} with tests")
    print("\n".join(wrong + [f"{len(wrong)} findings"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
