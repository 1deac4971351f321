#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_output.py EXPECTED PROGRAM [ARGUMENT]...: the program ends with 0 and prints exactly that file.

A program for another system is run by what meson puts into MESON_EXE_WRAPPER.
"""
import difflib
import os
import pathlib
import shlex
import subprocess
import sys

expected = pathlib.Path(sys.argv[1]).read_text()
wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
done = subprocess.run(wrapper + sys.argv[2:], stdout=subprocess.PIPE, text=True, timeout=60)
sys.stdout.writelines(
    difflib.unified_diff(expected.splitlines(True), done.stdout.splitlines(True), "expected", "printed")
)
if done.returncode:
    print(f"exit status {done.returncode}")
if not expected:
    print("nothing is expected: the check could not fail")
sys.exit(1 if done.returncode or done.stdout != expected or not expected else 0)
