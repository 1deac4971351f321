#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every header compiles alone and twice, in each mode; drivers and DDI headers as C and as C++.

    check_headers.py <source root> --cxx COMPILER [--full]

Without --full a header is tried alone in one mode, and all of them together, first in order and then
in reverse, in the other modes. Exit status 77: the compiler is not installed.
"""
import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys

import check_layers as layers

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
MODES = [
    ["-std=c++20"],
    ["-std=c++2b", "-fno-exceptions", "-fno-rtti"],
    ["-std=c++2b"],
    ["-std=c++20", "-fno-exceptions", "-fno-rtti"],
]
DRIVER_WARNINGS = ["-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Wno-multichar", "-Werror"]
C_MODES = [["-std=gnu17", "-fshort-wchar"], ["-std=gnu11", "-fshort-wchar"]]
# Included by C++ only.
CXX_ONLY = {"assent_ddk/standard_headers_first.h"}
# Sources that are C and nothing else.
C_ONLY = {"tests/windows/ddk/layouts.c"}


def jobs(root, cxx, full):
    """(what, command, source text)"""
    cc = cxx.replace("clang++", "clang").replace("g++", "gcc")
    tree = layers.read_tree(root)
    headers = layers.own_headers(tree)
    ours = sorted(path[len("include/"):] for path in headers if not layers.is_ddk(path))
    ddk = sorted(path[len("include/assent/windows/ddk/"):] for path in headers if layers.is_ddk(path))
    places = ("examples/drivers/", "tests/windows/drivers/", "tests/windows/ddk/")
    drivers = sorted(p for p in tree if p.startswith(places) and p.endswith((".c", ".cpp")) and not p.endswith("_test.cpp"))
    generic = ["-I", f"{root}/include"]
    for name in ours:
        alone = f"#include <{name}>\n" * 2
        # The two compilers take different modes, so that between them both are seen for each header.
        for mode in MODES if full else MODES[cxx.startswith("clang"):][:1]:
            yield f"{name} {' '.join(mode)}", [cxx, *mode, *WARNINGS, *generic, "-x", "c++"], alone
    together = "".join(f"#include <{name}>\n" for name in ours + ours[::-1])
    for mode in MODES:
        yield f"all headers {' '.join(mode)}", [cxx, *mode, *WARNINGS, *generic, "-x", "c++"], together

    ddk_path = ["-I", f"{root}/include/assent/windows/ddk"]
    for name in ddk:
        if name.startswith("assent_ddk/") and name.endswith("_guids.h"):  # included by the others at the right moment
            continue
        twice = f"#include <{name}>\n" * 2
        for mode in () if name in CXX_ONLY else C_MODES if full else C_MODES[:1]:
            yield f"{name} {' '.join(mode)}", [cc, *mode, *DRIVER_WARNINGS, *ddk_path, "-x", "c"], twice
        for mode in MODES if full else MODES[:1]:
            yield f"{name} {' '.join(mode)}", [cxx, *mode, *DRIVER_WARNINGS, *ddk_path, "-x", "c++"], twice
    for name in drivers:
        place = ["-I", os.path.dirname(f"{root}/{name}")]
        for mode in C_MODES if name.endswith(".c") else ():
            yield f"{name} {' '.join(mode)}", [cc, *mode, *DRIVER_WARNINGS, *ddk_path, *place, "-x", "c"], tree[name]
        if name in C_ONLY:
            continue
        wide = ["-fshort-wchar"] if name.startswith("tests/windows/ddk/") or 'L"' in tree[name] else []
        yield f"{name} as C++", [cxx, *MODES[0], *wide, *DRIVER_WARNINGS, *ddk_path, *place, "-x", "c++"], tree[name]


def compile_one(job):
    what, command, text = job
    done = subprocess.run([*command, "-fsyntax-only", "-"], input=text, capture_output=True, text=True)
    return what, done.returncode, done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--cxx", default="g++")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    if shutil.which(options.cxx) is None:
        print(f"skipped: {options.cxx} is not installed")
        sys.exit(77)
    todo = list(jobs(os.path.abspath(options.root), options.cxx, options.full))
    if not todo:
        sys.exit("no header found: nothing was checked")
    # A header that does not compile alone, as a canary: the check must be able to fail.
    canary = compile_one(("canary", todo[0][1], "inline std::size_t lonely;\n"))
    if canary[1] == 0:
        sys.exit("a broken header passes: the check cannot fail")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for what, status, errors in pool.map(compile_one, todo):
            if status:
                failed += 1
                print(f"{what}:\n" + "\n".join(errors.splitlines()[:12]))
    print(f"{options.cxx}: {len(todo)} compilations, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
