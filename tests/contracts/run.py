#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Broken contracts are explained: one error, in our words, before anything else.

    run.py <source root> --cxx COMPILER [--only NAME] [--show]

Every <concept>__<contract>.cpp beside this file is compiled as it is, which must fail, and with -DFIXED,
which must not (most of those together, each in a namespace). Its first lines say what is expected:

    // expected: assent: <concept> [<contract>]: <how to fix it>
    // flags: <more compiler flags>

Those that begin by including <assent/assent.hpp> and have no flags share one reading of it, a precompiled header.

Of what the compiler prints: there is one error; its line has that text; no line before it tells where
something was instantiated; all of it has 8 lines at most. Exit status 77: the compiler is not installed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST_LINES = 8
FORM = re.compile(r"assent: [\w -]+ \[[\w -]+\]: \S")
ERROR = re.compile(r"\b(?:fatal )?error: ")
# What -Werror adds below everything.
TRAILER = re.compile(r"^cc1plus: (?:some|all) warnings being treated as errors$", re.M)
BACKTRACE = re.compile(r"instantiat|required (?:from|by|for)|substitut|constraint|candidate|In file included")
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Winvalid-pch"]
BEGINNING = re.compile(r"\A(?://.*\n)*#include <assent/assent.hpp>")


def judge(output, failed, expected):
    """What is wrong with what a compiler said; empty: nothing."""
    wrong = []
    lines = TRAILER.sub("", output).rstrip("\n").split("\n")
    errors = [number for number, line in enumerate(lines) if ERROR.search(line)]
    if not failed:
        return ["it compiles"]
    if not FORM.match(expected):
        wrong.append(f"`{expected}` is not `assent: <concept> [<contract>]: <fix>`")
    if len(errors) != 1:
        wrong.append(f"{len(errors)} errors, not 1")
    if errors and expected not in lines[errors[0]]:
        wrong.append("the first error has not the expected text")
    if errors and any(BACKTRACE.search(line) for line in lines[: errors[0]]):
        wrong.append("a backtrace comes before the error")
    if len(lines) > MOST_LINES:
        wrong.append(f"{len(lines)} lines, not at most {MOST_LINES}")
    return wrong


def selftest():
    text = "assent: thing [part]: do that"
    good = f"a.cpp: In function 'f':\na.cpp:1:1: error: 'on' is unavailable: {text} instead\n 1 | x\n"
    assert judge(good, True, text) == []
    assert judge(good, False, text) == ["it compiles"]
    assert judge(good + good, True, text)
    assert judge(good, True, "assent: thing [other]: do that")
    assert judge("a.hpp: In instantiation of 'g':\n" + good, True, text)
    assert judge(good + "note\n" * 6, True, text)
    assert judge(good, True, "thing: do that")


def heading(source, word):
    found = re.search(rf"^// {word}: (.*)$", source, re.M)
    return found.group(1) if found else ""


class compiler:
    def __init__(self, cxx, root, directory):
        self.command = [cxx, *FLAGS, f"-I{root}/include", "-x"]
        header = pathlib.Path(directory, "beginning.hpp")
        header.write_text("#include <assent/assent.hpp>\n")
        subprocess.run([*self.command, "c++-header", header, "-o", f"{header}.gch"], check=True)
        self.beginning = ["-include", header]

    def __call__(self, flags, path, text=None):
        source = path.read_text() if text is None else text
        shares = BEGINNING.match(source) and not heading(source, "flags")
        command = [*self.command, "c++", "-fsyntax-only", *flags, *(self.beginning if shares else []), path]
        return subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def examine(path, cxx):
    source = path.read_text()
    done = cxx(heading(source, "flags").split(), path)
    return path.stem, judge(done.stderr, done.returncode != 0, heading(source, "expected")), done.stderr


INCLUDE = re.compile(r"^#include <.*>\n", re.M)


def together(sources):
    """The sources that can share a translation unit as one, and the names of the others."""
    alone = [name for name, text in sources.items() if heading(text, "flags") or "assent::status_traits<" in INCLUDE.sub("", text)]
    shared = {name: text for name, text in sources.items() if name not in alone}
    includes = sorted(set(line for text in shared.values() for line in INCLUDE.findall(text)))
    bodies = (f"namespace {name} {{\n{INCLUDE.sub('', text)}}}\n" for name, text in shared.items())
    return "".join(includes) + "".join(bodies).replace("__", "_"), alone


def examine_fixed(paths, cxx):
    """What is wrong with the sources when -DFIXED is given."""
    sources = {path.stem: path.read_text() for path in paths}
    text, alone = together(sources)
    fixed = ["-DFIXED", "-Wno-unused-variable"]
    runs = [("all others", cxx(fixed, "-", text))]
    for path in paths:
        if path.stem in alone:
            flags = heading(sources[path.stem], "flags").split()
            runs.append((path.stem, cxx(fixed + flags, path)))
    return [f"{name}, with -DFIXED: {done.stderr}" for name, done in runs if done.returncode or done.stderr]


def main():
    selftest()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true", help="print what the compiler says")
    options = parser.parse_args()
    if shutil.which(options.cxx) is None:
        print(f"skipped: no {options.cxx}")
        sys.exit(77)
    here = pathlib.Path(options.root, "tests", "contracts").resolve()
    paths = sorted(path for path in here.glob("*__*.cpp") if options.only in path.stem)
    if not paths:
        sys.exit("no contract to look at")
    failures, most = 0, 0
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        cxx = compiler(options.cxx, options.root, directory)
        for name, wrong, output in pool.map(lambda path: examine(path, cxx), paths):
            most = max(most, TRAILER.sub("", output).rstrip("\n").count("\n") + 1)
            if options.show or wrong:
                print(f"== {name}\n{output}", end="")
            for line in wrong:
                print(f"{name}: {line}")
            failures += bool(wrong)
        for line in examine_fixed(paths, cxx):
            print(line)
            failures += 1
    print(f"{options.cxx}: {len(paths)} contracts, {failures} failed, at most {most} lines each")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
