#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks what the compiler does not: layers, include cycles, guards, names, the top of the repository.

    check_layers.py <source root>

Prints one line per departure and exits 1 if there is any. check_layers_selftest.py shows, for every
rule, inputs that it must report.

A rule is a function that takes a tree ({path from the root: text}) and yields findings. Places that
are allowed to depart are listed in ALLOWED with the reason; an entry nothing needs any more is itself
reported.
"""
import collections
import pathlib
import posixpath
import re
import subprocess
import sys

LAYERS = ["core", "dispatch", "async", "windows"]
GENERIC = LAYERS[:3]
HEADERS = "include/assent/"
TOP_ENTRIES = {"include", "tests", "benchmarks", "examples", "meson.build", "README.md", "LICENSE"}

SYSTEM_HEADER = "a system header and its types cannot be chosen by a constant"

# (rule, path, what was found): why it is allowed there.
ALLOWED = {
    ("config", "core/fence.hpp", "ASSENT_HAS_MEMBARRIER"): SYSTEM_HEADER,
    ("config", "core/fence.hpp", "ASSENT_HAS_WIN32"): SYSTEM_HEADER,
    ("config", "core/detail/thread_exit.hpp", "ASSENT_HAS_WIN32"): SYSTEM_HEADER,
    ("config", "core/detail/win32.hpp", "ASSENT_HAS_WIN32"): SYSTEM_HEADER,
    ("names", "core/detail/win32.hpp", "HINSTANCE__"): "the system's own name: a program may include its headers too",
}

# A mutex for the partition's own state, never held while driver code runs.
PARTITION_STATE = {
    "windows/callback_objects.hpp",
    "windows/device_list.hpp",
    "windows/device_tree.hpp",
    "windows/driver_list.hpp",
    "windows/file_table.hpp",
    "windows/interface_table.hpp",
    "windows/processor_table.hpp",
    "windows/symbolic_links.hpp",
    "windows/system_workers.hpp",
    "windows/verifier.hpp",
}

Finding = collections.namedtuple("Finding", "rule path line what why")


def relative(path):
    return path[len(HEADERS):] if path.startswith(HEADERS) else path


def own_headers(tree):
    return {path: text for path, text in tree.items() if path.startswith(HEADERS) and path.endswith((".hpp", ".h"))}


def layer_of(path):
    """core .. windows, or None for a header that belongs to no layer."""
    parts = relative(path).split("/")
    if parts[0] in LAYERS:
        return parts[0]
    return None


def is_ddk(path):
    return relative(path).startswith("windows/ddk/")


def rank(path):
    """Whoever has the higher rank may include; None for a file whose place is not known."""
    parts = relative(path).split("/")
    if parts[0] in LAYERS:
        return 1 + LAYERS.index(parts[0])
    fixed = {"version.hpp": 0, "config.hpp": 0, "fwd.hpp": 0, "assent.hpp": 3}
    fixed.update({layer + ".hpp": 1 + LAYERS.index(layer) for layer in LAYERS})
    return fixed.get(relative(path))


TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
       |(?P<raw>R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)")
       |(?P<string>"(?:[^"\\\n]|\\.)*")
       |(?P<number>(?<![\w])\d(?:'?[\w.])*)
       |(?P<char>'(?:[^'\\\n]|\\.)+')""",
    re.S | re.X,
)


def blank(text, comments=True, strings=True):
    """Comments and literals replaced by spaces; line numbers stay."""

    def replace(match):
        kind = match.lastgroup if match.lastgroup != "mark" else "raw"
        if kind == "number":
            return match.group()
        if kind == "comment" and not comments or kind in ("raw", "string", "char") and not strings:
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return TOKEN.sub(replace, text)


def lines(text):
    return list(enumerate(text.split("\n"), 1))


INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')


def includes(path, text):
    """(line, file of the tree or name as written, whether it is ours)"""
    for number, line in lines(blank(text, strings=False)):
        found = INCLUDE.match(line)
        if not found:
            continue
        angled, quoted = found.groups()
        if angled and angled.startswith("assent/"):
            yield number, "include/" + angled, True
        elif quoted and quoted.startswith("assent/"):
            yield number, "include/" + quoted, True
        elif quoted:
            yield number, posixpath.normpath(posixpath.join(posixpath.dirname(path), quoted)), True
        else:
            yield number, angled, False


# ---- rules ----------------------------------------------------------------------------------------


def rule_downward(tree):
    """Includes point down only; every included file of ours exists; every header has a place."""
    for path, text in own_headers(tree).items():
        if rank(path) is None:
            yield Finding("downward", path, 1, path, "belongs to no layer")
            continue
        for number, target, ours in includes(path, text):
            if ours and target not in tree:
                yield Finding("downward", path, number, target, "no such file")
            elif ours and rank(target) is not None and rank(target) > rank(path):
                yield Finding("downward", path, number, target, "includes point down only")


def rule_cycle(tree):
    """No include cycle, inside a layer or across."""
    headers = own_headers(tree)
    edges = {path: [t for _, t, ours in includes(path, text) if ours and t in headers] for path, text in headers.items()}
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in edges[path]:
            if state.get(target) == "open":
                ring = (trail + [path])[(trail + [path]).index(target):]
                yield Finding("cycle", path, 1, target, "include cycle: " + " > ".join(map(relative, ring + [target])))
            elif target not in state:
                yield from visit(target, trail + [path])
        state[path] = "done"

    for path in sorted(headers):
        if path not in state:
            yield from visit(path, [])


DDI_WORD = re.compile(
    r"\b(?:(?:Io|Ke|Ex|Mm|Ob|Obf|Ps|Rtl|Hal|Zw|Dbg)[A-Z][a-z]\w+"
    r"|NTSTATUS|N?T?_?DRIVER_OBJECT|FILE_OBJECT|DEVICE_OBJECT|UNICODE_STRING|PDRIVER\w*|PVOID|PUNICODE\w*|U?LONG"
    r"|STATUS_[A-Z]\w+|GUID_\w+|GUID|IRQL|KIRQL|PASSIVE_LEVEL|DISPATCH_LEVEL|DDI|WDM|PnP|PNPNOTIFY\w*|NTAPI)\b"
)
WINDOWS_IN_CODE = re.compile(r"\b[Ww]indows\b|\bassent_ddk\b")


def rule_generic(tree):
    """The generic layers contain no Windows word; in code not even the name."""
    for path, text in own_headers(tree).items():
        if layer_of(path) == "windows" or relative(path) == "windows.hpp":
            continue
        for number, line in lines(text):
            for word in DDI_WORD.findall(line):
                yield Finding("generic", path, number, word, "a word of the Windows layer in a generic one")
        for number, line in lines(blank(text, strings=False)):
            for word in WINDOWS_IN_CODE.findall(line):
                yield Finding("generic", path, number, word, "a word of the Windows layer in a generic one")


MACHINERY = re.compile(
    r"\b(?:std::(?:thread(?!::id\b)|jthread|async|future|promise|packaged_task|condition_variable(?:_any)?|barrier|latch"
    r"|counting_semaphore|binary_semaphore|stop_token|recursive_mutex|timed_mutex|recursive_timed_mutex|shared_mutex"
    r"|shared_timed_mutex|list|forward_list|this_thread::(?:sleep_for|sleep_until|yield))"
    r"|sleep_for|sleep_until|usleep|nanosleep|sched_yield|pthread_\w+)\b"
    r"|(?:\.|->)\s*(?:wait|wait_for|wait_until|notify_one|notify_all|yield|test_and_set)\s*\("
    r"|\bstd::this_thread::yield\b"
)
RECEIVER = r"(?:receivers?|callbacks?|registrations?|participants?|subscribers?|listeners?|observers?)"
RANGE = re.compile(r"(?<!:):(?!:)(.*)", re.S)
NAMES_RECEIVERS = re.compile(r"\b\w*?" + RECEIVER + r"_?\b(?!\s*::)")
WALKS_RECEIVERS = re.compile(r"\b\w*?" + RECEIVER + r"_?\s*(?:\.|->)\s*(?:begin|cbegin|size|front|first|next|empty)\b")


def receiver_loops(code):
    """(offset, text) of each for, while and for_each whose head walks something named after receivers."""
    for found in re.finditer(r"\b(for|while|(?:std::(?:ranges::)?)?for_each\w*)\s*\(", code):
        depth, end = 1, found.end()
        while end < len(code) and depth:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        head = code[found.end():end - 1]
        of_range = RANGE.search(head) if found.group(1) == "for" and ";" not in head else None
        if (
            of_range and NAMES_RECEIVERS.search(of_range.group(1))
            or WALKS_RECEIVERS.search(head)
            or "for_each" in found.group(1) and NAMES_RECEIVERS.search(head)
        ):
            yield found.start(), code[found.start():end]


RECEIVER_LIST = re.compile(
    r"\bstd::(?:vector|deque|set|multiset|unordered_set|map|multimap|unordered_map|array|span)\s*<[^;{}]*?\b\w*?" + RECEIVER + r"\b"
)
MUTEX = re.compile(r"\bstd::mutex\b")


def rule_machinery(tree):
    """The Windows layer delivers, orders and waits for nothing itself (ddk/ and primitives/ aside)."""
    for path, text in own_headers(tree).items():
        if layer_of(path) != "windows" or relative(path).startswith(("windows/ddk/", "windows/primitives/")):
            continue
        code = blank(text)
        for pattern, why in (
            (MACHINERY, "threads, waiting and lists belong to the generic layers"),
            (RECEIVER_LIST, "a list of receivers belongs to the generic layers"),
        ):
            for found in pattern.finditer(code):
                number = code.count("\n", 0, found.start()) + 1
                yield Finding("machinery", path, number, " ".join(found.group().split())[:60], why)
        for start, head in receiver_loops(code):
            number = code.count("\n", 0, start) + 1
            yield Finding("machinery", path, number, " ".join(head.split())[:60], "a loop over receivers")
        if relative(path) not in PARTITION_STATE:
            for found in MUTEX.finditer(code):
                number = code.count("\n", 0, found.start()) + 1
                yield Finding("machinery", path, number, "std::mutex", "only for the partition's state, in a named file")


# Their meaning depends on when they are included, so that a guard around everything would break them.
REPEATABLE = re.compile(r"windows/ddk/(?:[Ii]nitguid|guiddef|[Pp]oclass|[Ww]dmguid|ntddstor|ntddkbd|ntddmou|ntddser|devguid|mountdev|mountmgr|ioevent|hidclass|usbiodef|(?:assent_ddk/)?\w+_guids)\.h")


def rule_twin(tree):
    """A DDI header under its name with a capital has the text of the other: where case folds, one of them is left."""
    for path, text in own_headers(tree).items():
        if is_ddk(path) and tree.get(path.lower(), text) != text:
            yield Finding("twin", path, 1, path.lower(), "the two differ")


def guard_name(path):
    # ddk/assent_ddk/ is a folder of its own only so that no driver's include meets its files by accident.
    inside = relative(path).replace("windows/ddk/assent_ddk/", "windows/ddk/")
    return "ASSENT_" + re.sub(r"[^A-Za-z0-9]", "_", inside).upper()


def rule_guard(tree):
    """Include guard named after the path, around everything; no #pragma once; SPDX line first."""
    for path, text in own_headers(tree).items():
        if "#pragma once" in re.sub(r"#\s*pragma\s+once", "#pragma once", blank(text)):
            yield Finding("guard", path, 1, "#pragma once", "a vendored and an installed copy would clash")
        directives = [(number, line.split()) for number, line in lines(re.sub(r"#\s+", "#", blank(text))) if line.strip()]
        name = guard_name(path)
        if REPEATABLE.fullmatch(relative(path)):
            continue
        while is_ddk(path) and directives and directives[0][1][0] == "#include":
            directives.pop(0)  # words that each inclusion must bring again
        if len(directives) < 3 or directives[0][1][:1] != ["#ifndef"] or directives[1][1][:1] != ["#define"]:
            yield Finding("guard", path, 1, name, "does not begin with its include guard")
        elif directives[0][1][1:] != [name] or directives[1][1][1:] != [name]:
            yield Finding("guard", path, directives[0][0], " ".join(directives[0][1][1:]), f"the guard is called {name}")
        elif directives[-1][1][:1] != ["#endif"]:
            yield Finding("guard", path, directives[-1][0], name, "something stands after the guard's #endif")


SPDX = re.compile(r"^(?://|#|/\*) ?SPDX-License-Identifier: BSL-1\.0(?: \*/)?$")
SPDX_SUFFIXES = (".hpp", ".h", ".cpp", ".c", ".py", ".build", ".cmake", ".in", ".sh", "CMakeLists.txt", ".ci/run")


def rule_spdx(tree):
    """Every source begins with its SPDX line (after #!), and has only that one."""
    for path, text in tree.items():
        if not path.endswith(SPDX_SUFFIXES):
            continue
        rows = text.split("\n")
        first = 1 if rows[0].startswith("#!") else 0
        if len(rows) <= first or not SPDX.match(rows[first]):
            yield Finding("spdx", path, first + 1, path, "no `SPDX-License-Identifier: BSL-1.0` in its first line")
        for number, line in lines(text):
            if number != first + 1 and SPDX.match(line):
                yield Finding("spdx", path, number, path, "a second SPDX line")


CONDITION = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif|elifdef|elifndef)\b(.*)")


def rule_config(tree):
    """A macro ASSENT_* is read in config.hpp only, an include guard aside."""
    for path, text in own_headers(tree).items():
        if relative(path) == "config.hpp" or is_ddk(path):
            continue
        code = re.sub(r"\\\n", "  ", blank(text))
        for number, line in lines(code):
            found = CONDITION.match(line)
            for macro in re.findall(r"\bASSENT_\w+", found.group(1)) if found else []:
                if macro != guard_name(path):
                    yield Finding("config", path, number, macro, "configuration is read in config.hpp only")


# What compilers, standard libraries and systems define, and code may name.
RESERVED_BUT_THEIRS = re.compile(
    r"__(?:cpp_\w+|has_\w+|cplusplus|GNUC\w*|clang\w*|VERSION__|builtin_\w+|attribute__|extension__|SANITIZE_\w+"
    r"|linux__|unix__|APPLE__|FreeBSD__|MINGW\w+|CYGWIN__|ELF__|x86_64__|i386__|aarch64__|arm__|VA_ARGS__|VA_OPT__"
    r"|FILE__|LINE__|func__|FUNCTION__|PRETTY_FUNCTION__|COUNTER__|EXCEPTIONS|GXX_\w+|GLIBCXX\w*|GLIBC\w*|STDC\w*"
    r"|NR_\w+|SIZEOF_\w+|SIZE_TYPE__|BYTE_ORDER__|ORDER_\w+|cdecl|stdcall|declspec|forceinline|forced_unwind"
    r"|ATOMIC_\w+|cxa_\w+|cxxabiv1|gcov_\w+|tsan_\w+|asan_\w+|lsan_\w+|sanitizer_\w+|dso_handle|atomic_\w+|sync_\w+)\Z"
    r"|_(?:WIN32|WIN64|MSC_VER|MSVC_LANG|GNU_SOURCE|POSIX_\w+|LIBCPP\w*|GLIBCXX\w*|M_X64|Exit|Atomic|Static_assert)\Z"
)
RESERVED = re.compile(r"\b(?:\w*?[A-Za-z0-9]__\w*|__\w+|_[A-Z]\w*)")


def rule_names(tree):
    """No name of ours has two underscores in a row or begins with an underscore and a capital."""
    places = ("include/", "tests/", "examples/", "benchmarks/")
    for path, text in tree.items():
        if not path.startswith(places) or not path.endswith((".hpp", ".h", ".cpp")) or is_ddk(path):
            continue
        if "/drivers/" in path or path.startswith("tests/windows/ddk/"):  # written as drivers are: struct tags and SAL words with underscores
            continue
        for number, line in lines(blank(text)):
            if INCLUDE.match(line):
                continue
            for name in RESERVED.findall(line):
                if not RESERVED_BUT_THEIRS.match(name):
                    yield Finding("names", path, number, name, "a reserved name")


def rule_umbrella(tree):
    """assent.hpp brings every generic header except what is internal to another."""
    headers = own_headers(tree)
    start = HEADERS + "assent.hpp"
    if start not in headers:
        yield Finding("umbrella", start, 1, start, "missing")
        return
    reached, todo = set(), [start]
    while todo:
        path = todo.pop()
        if path in reached or path not in headers:
            continue
        reached.add(path)
        todo += [target for _, target, ours in includes(path, headers[path]) if ours]
    for path in sorted(headers):
        if path not in reached and layer_of(path) in GENERIC:
            yield Finding("umbrella", start, 1, relative(path), "is reached from assent.hpp by no include")


def rule_drivers(tree):
    """The example drivers are what a driver author writes: no word of this library in them."""
    for path, text in tree.items():
        if not path.startswith("examples/drivers/") or not path.endswith((".c", ".h")):
            continue
        for number, line in lines(text):
            if re.search("assent", line, re.I):
                yield Finding("drivers", path, number, line.strip()[:60], "a driver knows nothing of this library")


def rule_top(tree):
    """The top of the repository holds what was agreed, and dotfiles."""
    for entry in sorted({path.split("/", 1)[0] for path in tree}):
        if entry not in TOP_ENTRIES and not entry.startswith("."):
            yield Finding("top", entry, 1, entry, "not one of the top-level entries")


RULES = [value for name, value in sorted(globals().items()) if name.startswith("rule_")]


def check(tree, allowed, rules=None):
    """Findings that nothing allows, and allowances that nothing needs."""
    used, findings = set(), []
    for rule in rules or RULES:
        for finding in rule(tree):
            key = (finding.rule, relative(finding.path), finding.what)
            if key in allowed:
                used.add(key)
            else:
                findings.append(finding)
    if rules is None:
        for rule, path, what in sorted(set(allowed) - used):
            findings.append(Finding("allowed", path, 1, what, f"nothing needs this allowance of rule {rule} any more"))
    return findings


def read_tree(root):
    """Files of the repository that git knows or would take; without git, all but build directories."""
    root = pathlib.Path(root)
    try:
        names = subprocess.run(
            ["git", "-c", "core.quotePath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(root.resolve().parent)},
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = []
        for path in root.rglob("*"):
            parts = path.relative_to(root).parts
            built = any((root.joinpath(*parts[:n]) / "meson-info").is_dir() for n in range(1, len(parts)))
            if path.is_file() and not built and not {".git", "__pycache__"} & set(parts):
                names.append("/".join(parts))
    tree = {}
    for name in names:
        path = root / name
        if name and path.is_file():
            tree[name] = path.read_text(errors="replace")
    return tree


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tree = read_tree(sys.argv[1])
    headers = own_headers(tree)
    if not headers:
        sys.exit("no header found: nothing was checked")
    findings = check(tree, ALLOWED)
    for finding in findings:
        print(f"{finding.path}:{finding.line}: [{finding.rule}] {finding.what}: {finding.why}")
    print(f"{len(RULES)} rules, {len(headers)} headers, {len(tree)} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
