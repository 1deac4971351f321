#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Including the library defines no macro but ASSENT_*.

    check_macros.py <source root> --cxx COMPILER...

The macros after every header are compared with those after the system headers (and, for the Windows
layer, the DDI headers, whose job is to define the DDI's names) that these headers include.
"""
import argparse
import subprocess
import sys

import check_layers as layers


def macros(cxx, root, text):
    done = subprocess.run(
        [*cxx, "-std=c++20", "-I", f"{root}/include", "-x", "c++", "-dM", "-E", "-"],
        input=text, capture_output=True, text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return {line.split()[1].split("(")[0] for line in done.stdout.splitlines() if line.startswith("#define")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--cxx", nargs="+", default=["g++"])
    options = parser.parse_args()

    tree = layers.read_tree(options.root)
    ours = {path: text for path, text in layers.own_headers(tree).items() if not layers.is_ddk(path)}
    if not ours:
        sys.exit("no header found: nothing was checked")
    before = set()
    for path, text in ours.items():
        for _, target, own in layers.includes(path, text):
            if not own:
                before.add(target)
            elif layers.is_ddk(target):
                before.add(target[len("include/"):])
    start = "".join(f"#if __has_include(<{name}>)\n#include <{name}>\n#endif\n" for name in sorted(before))
    every = start + "".join(f"#include <{path[len('include/'):]}>\n" for path in sorted(ours))

    known = macros(options.cxx, options.root, start)
    # The canary shows that a leak would be seen.
    leaked = macros(options.cxx, options.root, every + "#define leaked_on_purpose\n") - known
    if "leaked_on_purpose" not in leaked:
        sys.exit("the comparison finds nothing at all")
    leaked = sorted(name for name in leaked - {"leaked_on_purpose"} if not name.startswith("ASSENT_"))
    for name in leaked:
        print(f"macro {name}: leaks to whoever includes the library")
    print(f"{len(ours)} headers, {len(known)} macros known before, {len(leaked)} leaked")
    sys.exit(1 if leaked else 0)


if __name__ == "__main__":
    main()
