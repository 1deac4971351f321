#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the generic layers as one header: assent.hpp with every own include replaced by the file.

    amalgamate.py <include directory> <output file> [--depfile FILE]

Each header appears once, where it is first included, so that everything stands after what it needs.
The include guards stay: a program may include the single header and a file of the folder.
"""
import argparse
import pathlib
import re
import sys

OWN_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<(assent/[^>]+)>|"([^"]+)")')
CONDITION_OPENS = re.compile(r"^\s*#\s*if")
CONDITION_ENDS = re.compile(r"^\s*#\s*endif")
SPDX = "// SPDX-License-Identifier: BSL-1.0"


class Broken(Exception):
    pass


def amalgamate(include, start="assent/assent.hpp"):
    """Returns (text, files used). Raises Broken when textual inclusion would change the meaning."""
    include = pathlib.Path(include)
    done, open_files, out = [], [], []

    def add(name):
        if name in done:
            return
        if name in open_files:
            raise Broken(f"{name}: includes itself through {' > '.join(open_files)}")
        if not (include / name).is_file():
            raise Broken(f"{open_files[-1] if open_files else 'start'}: no such file: {name}")
        open_files.append(name)
        depth = 0
        out.append(f"// ---- {name}\n")
        for number, line in enumerate((include / name).read_text().splitlines(), 1):
            depth += bool(CONDITION_OPENS.match(line)) - bool(CONDITION_ENDS.match(line))
            if line.strip() == SPDX or line.startswith("#line"):  # lines are counted in the single header
                continue
            found = OWN_INCLUDE.match(line)
            if not found:
                out.append(line + "\n")
                continue
            # Depth 1 is the include guard; deeper, the include depends on a condition, and a second
            # inclusion outside of it would be lost.
            if depth > 1:
                raise Broken(f"{name}:{number}: own header included under a condition")
            target = found.group(1) or str(pathlib.PurePosixPath(name).parent / found.group(2))
            add(target)
        open_files.pop()
        done.append(name)

    add(start)
    version = re.findall(r"VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", (include / "assent/version.hpp").read_text())
    head = f"{SPDX}\n// assent {'.'.join(version)}, all generic layers in one header. Generated: change the sources.\n\n"
    return head + "".join(out), [include / name for name in done]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("include")
    parser.add_argument("output")
    parser.add_argument("--depfile")
    options = parser.parse_args()
    try:
        text, used = amalgamate(options.include)
    except Broken as why:
        sys.exit(f"amalgamate: {why}")
    pathlib.Path(options.output).write_text(text)
    if options.depfile:
        names = " ".join(str(name).replace(" ", "\\ ") for name in used)
        pathlib.Path(options.depfile).write_text(f"{options.output}: {names}\n")


if __name__ == "__main__":
    main()
