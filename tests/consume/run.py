#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Builds and runs consumer.cpp with the library brought in one particular way.

    run.py <way> <source root> --cxx COMPILER... [--single FILE]

Exit status 0: works; 77: skipped, the reason is printed; anything else: broken.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONSUMER = HERE / "consumer.cpp"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def need(tool):
    if shutil.which(tool) is None:
        skip(f"{tool} is not installed")


def run(*command, cwd=None, env=None):
    print("+", *command, flush=True)
    subprocess.run([str(word) for word in command], check=True, cwd=cwd, env=env)


class Trial:
    def __init__(self, options, work):
        self.root = pathlib.Path(options.root).resolve()
        self.cxx = options.cxx
        self.single_header = options.single
        self.work = work
        self.env = dict(os.environ, CXX=" ".join(self.cxx))
        # Sanitizers or warnings of the surrounding build are none of a consumer's business.
        for name in ("CXXFLAGS", "LDFLAGS", "CPPFLAGS", "DESTDIR"):
            self.env.pop(name, None)

    def compile_and_run(self, *arguments):
        program = self.work / "consumer"
        run(*self.cxx, "-std=c++20", *WARNINGS, CONSUMER, "-o", program, *arguments, "-pthread")
        run(program)

    def folder(self):
        """include/assent copied into the user's own tree, nothing else."""
        shutil.copytree(self.root / "include" / "assent", self.work / "third_party" / "assent")
        self.compile_and_run("-I", self.work / "third_party")

    def single(self):
        """The generated single header, found under the usual name, with no other file of ours in reach."""
        target = self.work / "only" / "assent" / "assent.hpp"
        target.parent.mkdir(parents=True)
        shutil.copy(self.single_header, target)
        text = target.read_text()
        own = re.findall(r"#\s*include\s*[<\"]assent/.*", text)
        if own:
            sys.exit(f"the single header still includes {own}")
        self.compile_and_run("-I", self.work / "only")
        # Two translation units: everything in it has to be inline.
        (self.work / "other.cpp").write_text(
            "#include <assent/assent.hpp>\n#include <assent/assent.hpp>\n"
            "assent::dispatcher<int>& other() { static assent::dispatcher<int> d; return d; }\n"
        )
        self.compile_and_run("-I", self.work / "only", self.work / "other.cpp")

    def subproject(self):
        """A meson subproject, found through dependency('assent')."""
        need("meson")
        project = self.work / "user"
        inside = project / "subprojects" / "assent"
        inside.mkdir(parents=True)
        shutil.copy(CONSUMER, project)
        # As a user's wrap would bring it: what is needed to build, and nothing built.
        for name in ("meson.build", "LICENSE"):
            shutil.copy(self.root / name, inside)
        for name in ("include", "tests", "examples", "benchmarks"):
            shutil.copytree(self.root / name, inside / name, ignore=shutil.ignore_patterns("__pycache__"))
        (project / "meson.build").write_text(
            "project('user', 'cpp', default_options: ['cpp_std=c++20'])\n"
            "assent = dependency('assent', fallback: 'assent')\n"
            "assert(assent.version().version_compare('>=0.1'), 'version')\n"
            "test('consumer', executable('consumer', 'consumer.cpp', dependencies: assent))\n"
        )
        # --wrap-mode: what is tested is the subproject, not a package that happens to be installed.
        run("meson", "setup", "build", "--wrap-mode=forcefallback", cwd=project, env=self.env)
        run("meson", "compile", "-C", "build", cwd=project, env=self.env)
        targets = subprocess.run(
            ["meson", "introspect", "--targets", "build"], cwd=project, check=True, capture_output=True, text=True
        ).stdout
        if targets.count('"filename"') != 1:
            sys.exit("the subproject brought targets of its own into the user's build: " + targets)
        run("meson", "test", "-C", "build", cwd=project, env=self.env)

    def install(self):
        need("meson")
        prefix = self.work / "prefix"
        build = self.work / "build"
        run("meson", "setup", build, self.root, f"--prefix={prefix}", env=self.env)
        run("meson", "install", "-C", build, "--no-rebuild", env=self.env)
        return prefix

    def pkg_config(self):
        """Installed; flags from pkg-config."""
        need("pkg-config")
        prefix = self.install()
        env = dict(self.env, PKG_CONFIG_PATH=str(prefix / "share" / "pkgconfig"))
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "assent >= 0.1"], env=env, check=True, capture_output=True, text=True
        ).stdout.split()
        self.compile_and_run(*flags)

    def cmake_build(self, text, *arguments):
        project = self.work / "user"
        project.mkdir()
        shutil.copy(CONSUMER, project)
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(user LANGUAGES CXX)\n"
            + text
            + "add_executable(consumer consumer.cpp)\n"
            + f"target_compile_options(consumer PRIVATE {' '.join(WARNINGS)})\n"
            + "target_link_libraries(consumer PRIVATE assent::assent)\n"
        )
        run("cmake", "-S", project, "-B", project / "build", *arguments, env=self.env)
        run("cmake", "--build", project / "build", env=self.env)
        run(project / "build" / "consumer")

    def cmake_package(self):
        """Installed and then moved; find_package(assent)."""
        need("cmake")
        moved = self.work / "moved"
        self.install().rename(moved)
        self.cmake_build(
            "find_package(assent 0.1 REQUIRED CONFIG)\n"
            "if(NOT TARGET assent::ddk)\n  message(FATAL_ERROR \"no assent::ddk\")\nendif()\n"
            "find_package(assent 99 QUIET CONFIG)\n"
            "if(assent_FOUND)\n  message(FATAL_ERROR \"any version is taken\")\nendif()\n",
            f"-DCMAKE_PREFIX_PATH={moved}",
        )

    def cmake_subdirectory(self):
        """CMake add_subdirectory of a copied include folder."""
        need("cmake")
        shutil.copytree(self.root / "include", self.work / "user_include")
        self.cmake_build(f"add_subdirectory({self.work}/user_include assent)\n")

    def module(self):
        """C++20 module."""
        skip("the library has no module unit yet")


WAYS = ["folder", "single", "subproject", "pkg_config", "cmake_package", "cmake_subdirectory", "module"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("root")
    parser.add_argument("--cxx", nargs="+", default=["g++"])
    parser.add_argument("--single")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assent-consume-") as work:
        try:
            getattr(Trial(options, pathlib.Path(work)), options.way)()
        except subprocess.CalledProcessError as error:
            sys.exit(f"consume {options.way}: exit status {error.returncode} of {error.cmd}\n{error.stderr or ''}")


if __name__ == "__main__":
    main()
