#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""G12 Two versions of the library in one program share nothing.

    two_versions.py <source root> --cxx COMPILER...

Compiles a program against the headers and a part of it against a copy with another version and another layout, looks
for symbols that both define, and runs it. Exit status 77: without nm (Debian: apt-get install binutils).
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile


def replaced(path, old, new):
    text = path.read_text()
    if old not in text:
        sys.exit(f"{path}: no '{old}' to replace")
    path.write_text(text.replace(old, new))


def defined(program):
    """The library's symbols that the object file defines for others to see."""
    lines = subprocess.run(["nm", "--extern-only", "--defined-only", program], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1] for line in lines.splitlines() if "assent" in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--cxx", nargs="+", required=True)
    options = parser.parse_args()
    if shutil.which("nm") is None:
        print("skipped: no nm (Debian: apt-get install binutils)")
        sys.exit(77)
    source = options.root / "tests/plugins/two_versions.cpp"
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        for name in ("same", "other"):
            shutil.copytree(options.root / "include", work / name)
            replaced(work / name / "assent/config.hpp", "cache_line = 64", "cache_line = 128")
        replaced(work / "other/assent/version.hpp", "ASSENT_ABI v", "ASSENT_ABI other_v")

        def compiled(include, *arguments):
            made = work / f"{include.name}_{len(arguments)}.o"
            command = [*options.cxx, "-std=c++20", "-pthread", f"-I{include}", *arguments, "-c", source, "-o", made]
            subprocess.run(command, check=True)
            return made

        program = compiled(options.root / "include", "-DPROGRAM")
        other = compiled(work / "other")
        # The check must be able to fail.
        if not defined(program) & defined(compiled(work / "same")):
            sys.exit("two copies of one version share nothing: the check cannot fail")
        shared = sorted(defined(program) & defined(other))
        subprocess.run([*options.cxx, "-pthread", program, other, "-o", work / "program"], check=True)
        ended = subprocess.run([work / "program"], timeout=30).returncode
    print("\n".join(shared[:20] + [f"{len(shared)} symbols shared, exit status {ended}"]))
    sys.exit(1 if shared or ended else 0)


if __name__ == "__main__":
    main()
