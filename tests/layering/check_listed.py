#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every source that should be built is part of some target of this build.

    check_listed.py <source root> <build directory> [--without FOLDER]...
                    [--needs-exceptions FILE]... [--needs-posix FILE]...

meson lists sources by name; a test that nobody listed would pass for ever.
"""
import argparse
import json
import os
import pathlib
import re
import sys

MUST_BE_BUILT = re.compile(
    r"tests/(?:.*/)?[^/]*_test\.(?:cpp|c)|tests/windows/drivers/.*\.c|examples/.*\.(?:cpp|c)|benchmarks/.*\.(?:cpp|c)"
)
# Compiled by runners of their own.
ELSEWHERE = re.compile(r"tests/(?:contracts|consume)/.*")

# Where meson includes the sources of a target that it compiles together.
UNITY = re.compile(r"-unity\d+\.cpp$")


def left_out(on_disk, built, without):
    wanted = [name for name in on_disk if MUST_BE_BUILT.fullmatch(name) and not ELSEWHERE.fullmatch(name)]
    wanted = [name for name in wanted if name.split("/", 1)[0] not in without]
    return sorted(set(wanted) - set(built))


def selftest():
    disk = ["tests/core/a_test.cpp", "tests/core/b_test.cpp", "examples/x.cpp", "tests/contracts/c_test.cpp", "tests/t.py"]
    assert left_out(disk, ["tests/core/a_test.cpp", "examples/x.cpp"], []) == ["tests/core/b_test.cpp"]
    assert left_out(disk, ["tests/core/a_test.cpp", "tests/core/b_test.cpp"], []) == ["examples/x.cpp"]
    assert left_out(disk, [], ["tests"]) == ["examples/x.cpp"]


def main():
    selftest()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("build")
    parser.add_argument("--without", action="append", default=[], help="a folder that this build leaves out")
    parser.add_argument("--needs-exceptions", action="append", default=[], help="left out on purpose")
    parser.add_argument("--needs-posix", action="append", default=[], help="left out on purpose")
    options = parser.parse_args()
    root, build = pathlib.Path(options.root).resolve(), pathlib.Path(options.build)
    targets = json.loads((build / "meson-info" / "intro-targets.json").read_text())
    built = set(options.needs_exceptions + options.needs_posix)
    for target in targets:
        for group in target["target_sources"]:
            sources = group.get("sources", [])
            for together in group.get("generated_sources", []):
                if UNITY.search(together):
                    sources += re.findall(r'^#include\s*[<"](.*)[>"]', pathlib.Path(together).read_text(), re.M)
            for source in sources:
                built.add(os.path.relpath(os.path.realpath(source), root))
    on_disk = [
        str(path.relative_to(root)) for top in ("tests", "examples", "benchmarks") for path in (root / top).rglob("*")
    ]
    missing = left_out(on_disk, built, options.without)
    for name in missing:
        print(f"{name}: is in no target; add it to the list in the meson.build of its directory")
    print(f"{len(built)} sources built, {len(missing)} left out")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
