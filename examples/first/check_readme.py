#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_readme.py ROOT SOURCE PROGRAM: README.md shows SOURCE, and what PROGRAM prints.
check_readme.py ROOT SOURCE: README.md shows a part of SOURCE, or the error that SOURCE is about.

A block of code in the README that stands behind `<!-- from SOURCE -->` must be in that file as it is; a block
without a language right after it must be what the program prints. A program for another system is run by what
meson puts into MESON_EXE_WRAPPER.
A block behind `<!-- error of SOURCE -->` must be
what the file says it expects the compiler to say, which tests/contracts/run.py holds against the compilers.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys

root, source = pathlib.Path(sys.argv[1]), sys.argv[2]
readme = (root / "README.md").read_text()
code = (root / source).read_text()
error = re.search(rf"<!-- error of {re.escape(source)} -->\n```\n(.*?)\n```\n", readme, re.S)
if error is not None:
    expected = re.search(r"^// expected: (.*)$", code, re.M)
    shown = " ".join(error.group(1).split())
    if expected is None or shown != expected.group(1):
        sys.exit(f"{source} does not expect what README.md shows:\n{shown}")
    sys.exit(0)
block = re.search(rf"<!-- from {re.escape(source)} -->\n```cpp\n(.*?)```\n(?:```\n(.*?)```\n)?", readme, re.S)
if block is None:
    sys.exit(f"README.md shows nothing from {source}")
if block.group(1) not in code:
    sys.exit(f"README.md differs from {source}:\n{block.group(1)}")
if len(sys.argv) < 4:
    sys.exit(0)
if block.group(2) is None:
    sys.exit(f"README.md does not show what {source} prints")
wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
ran = subprocess.run(wrapper + [sys.argv[3]], capture_output=True, text=True, timeout=60)
if ran.returncode != 0 or ran.stdout != block.group(2):
    sys.exit(f"{source} ended with {ran.returncode} and printed\n{ran.stdout}where README.md shows\n{block.group(2)}")
