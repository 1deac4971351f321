#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""hot_add_test.py PROGRAM: what the main example prints, scene by scene, and how it ends.

Which lines the two threads of the unloading scene print differs from run to run; what must hold of them is
checked over several runs.
"""
import ctypes
import errno
import os
import platform
import re
import struct
import subprocess
import sys

ROUNDS = 20
PATIENCE = 60
OK = "STATUS_SUCCESS"
SHORT = "STATUS_INSUFFICIENT_RESOURCES"
NOT_READY = "STATUS_DEVICE_NOT_READY"

failures = []


def check(holds, what, shown=""):
    if not holds:
        failures.append(what)
        print(f"FAILED: {what}")
        if shown:
            print(shown)


def run(program, *arguments, **more):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE, **more)


CALL = re.compile(
    r" *(?P<time>\d+\.\d{6})  (?P<thread>\w+) +(?P<driver>percpu|adjust|latecomer) +"
    r"(?P<callback>processor change|interface change) +(?P<told>\w+) +"
    r"(?P<about>processor \d+|ACPI#\w+#\d+ \(\w+\)) +(?P<answer>STATUS_\w+)(?: \(told of (?P<reason>\w+)\))?"
)
SAID = re.compile(r" *(?P<time>\d+\.\d{6})  (?P<thread>\w+) +host: (?P<text>.*)")
ROW = re.compile(r"(?P<driver>percpu|adjust|latecomer) +(?P<what>.*?)  +(?P<believed>\w+) +(?P<true>\w+(?: to \w+)?)(?P<wrong>  <-- WRONG)?")


def scenes(text):
    """[(heading, [lines])]; the legend before the first heading is left out."""
    parts = re.split(r"^--- (.*)\n", text, flags=re.M)
    return [(parts[i], [line for line in parts[i + 1].split("\n") if line]) for i in range(1, len(parts), 2)]


def calls(lines):
    """(driver, told, about, answer) of every call, in order."""
    return [m.group("driver", "told", "about", "answer") for m in map(CALL.fullmatch, lines) if m]


def said(lines):
    return [m["text"] for m in map(SAID.fullmatch, lines) if m]


def processor(number):
    return f"ACPI#ACPI0007#{number} (processor)"


def memory(number):
    return f"ACPI#PNP0C80#{number} (memory)"


def replay(driver, count):
    return [(driver, told, f"processor {n}", OK) for told in ("Start", "Complete") for n in range(count)]


MORNING = (
    replay("percpu", 4)
    + [("adjust", "Arrival", processor(n), OK) for n in range(4)]
    + [("adjust", "Arrival", memory(n), OK) for n in range(2)]
)
FIXED_SCENES = [
    ("Morning", MORNING),
    (
        "A processor is added",
        [("percpu", "Start", "processor 4", OK), ("percpu", "Complete", "processor 4", OK), ("adjust", "Arrival", processor(4), OK)],
    ),
    ("latecomer is loaded", replay("latecomer", 5) + [("latecomer", "Arrival", processor(n), OK) for n in range(5)]),
    (
        "percpu is out of memory",
        [
            ("percpu", "Start", "processor 5", SHORT),
            ("latecomer", "Start", "processor 5", OK),
            ("percpu", "Failure", "processor 5", OK),
            ("latecomer", "Failure", "processor 5", OK),
        ],
    ),
    (
        "Everybody agrees",
        [
            ("percpu", "Start", "processor 5", OK),
            ("latecomer", "Start", "processor 5", OK),
            ("percpu", "Failure", "processor 5", OK),
            ("latecomer", "Failure", "processor 5", OK),
        ],
    ),
    ("A memory module is added", [("adjust", "Arrival", memory(2), OK)]),
]


def check_day(result, status):
    """One scripted day. @return its table: {(driver, what): (believed, true, wrong)}."""
    text = result.stdout
    check(result.returncode == status, f"exit status {status}, not {result.returncode}", text + result.stderr)
    check(result.stderr == "", "nothing on standard error", result.stderr)
    found = scenes(text)
    for (heading, lines), (title, wanted) in zip(found, FIXED_SCENES):
        check(heading.startswith(title), f"scene {title}", heading)
        check(calls(lines) == wanted, f"the calls of: {heading}", "\n".join(lines))
    for index, reason in ((3, SHORT), (4, NOT_READY)):
        lines = found[index][1]
        reasons = [m["reason"] for m in map(CALL.fullmatch, lines) if m]
        check(reasons == [None, None, reason, reason], f"Failure is told the reason {reason}", "\n".join(lines))
        rolled_back = f"addition failed with {reason}, rolled back; 5 processors running"
        check(rolled_back in said(lines), f"the host says: {rolled_back}", "\n".join(lines))

    # Every line of the timeline is of a known form, in the order of time.
    timed = [line for _, lines in found for line in lines if re.match(r" *\d+\.\d+  ", line)]
    strange = [line for line in timed if not CALL.fullmatch(line) and not SAID.fullmatch(line)]
    check(not strange, "every line is a call or said by the host", "\n".join(strange))
    times = [float(line.split()[0]) for line in timed]
    check(len(times) > 50 and times == sorted(times), "the times increase")

    table = {}
    for line in text.split("\n"):
        if m := ROW.fullmatch(line):
            table[m["driver"], m["what"]] = (m["believed"], m["true"], m["wrong"] is not None)
    check(len(table) == 17, f"17 beliefs are compared, not {len(table)}", text)
    check_unloading(found[6][1], calls([line for _, lines in found for line in lines]), table)
    check(f"blocks of pool memory that the drivers left behind: 0" in said(found[-1][1]), "no pool memory is left behind")
    check("WRONG: expected" not in text, "every scene went as expected", text)
    return table


def check_unloading(lines, all_calls, table):
    gone = next((i for i, line in enumerate(lines) if line.endswith("host: latecomer is unloaded")), None)
    check(gone is not None, "latecomer is unloaded", "\n".join(lines))
    if gone is None:
        return
    before, after = calls(lines[:gone]), calls(lines[gone:])
    check(any(c[0] == "latecomer" for c in before), "latecomer is called before it is unloaded", "\n".join(lines))
    check(not any(c[0] == "latecomer" for c in after), "latecomer is not called after it is unloaded", "\n".join(lines))
    check(any(c[0] == "adjust" for c in after), "the others are", "\n".join(lines))
    threads = {line.split()[1] for line in lines}
    check({"main", "other", "worker"} <= threads, f"three threads took part, not {threads}")
    # What it believes is exactly what it was told, according to the timeline.
    completed = sum(c[:2] == ("latecomer", "Complete") for c in all_calls)
    believed = table.get(("latecomer", "processors, when it was unloaded"), ("none",))[0]
    check(believed == str(completed), f"latecomer believes in {completed} processors, not {believed}")


def check_options(program):
    for arguments in (
        ["--unknown"], ["extra"], ["--for", "3"], ["--live", "--for"], ["--live", "--for", "soon"], ["--live", "--for", "0"],
        ["--live", "--for", "-1"], ["--live", "--for", "1s"], ["--live", "--for", "inf"], ["--live", "--for", "."],
        ["--live", "--for", "1.2.3"], ["--live", "--for", ""], ["--live", "--for", "9" * 400], ["--live", "--sabotage"],
    ):
        result = run(program, *arguments)
        check(result.returncode == 2, f"{arguments}: exit status 2, not {result.returncode}")
        check(result.stdout == "", f"{arguments}: nothing on standard output", result.stdout)
        one_line = result.stderr.startswith("hot_add: ") and result.stderr.count("\n") == 1
        check(one_line, f"{arguments}: one line that says why", result.stderr)
    result = run(program, "--help")
    check(result.returncode == 0 and result.stderr == "", "--help ends well")
    for option in ("--help", "--live", "--for", "--sabotage"):
        check(option in result.stdout, f"--help mentions {option}", result.stdout)


def forbid_sockets():
    """For the child: socket() fails with EPERM from now on, as in a sandbox."""
    number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    program = b"".join(
        struct.pack("HBBI", *step)
        for step in ((load, 0, 0, 0), (equal, 0, 1, number), (answer, 0, 0, 0x00050000 | errno.EPERM), (answer, 0, 0, 0x7FFF0000))
    )
    steps = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(steps)), 16)
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(38, ctypes.c_ulong(1), zero, zero, zero) or libc.prctl(22, ctypes.c_ulong(2), filter_, zero, zero):
        os._exit(99)


def check_live_refusal(program):
    if platform.system() != "Linux":
        result = run(program, "--live")
        check("not Linux" in result.stderr, "says that this is not Linux", result.stderr)
    elif platform.machine() in ("x86_64", "aarch64"):
        result = run(program, "--live", "--for", "1", preexec_fn=forbid_sockets)
        if result.returncode == 99:
            print("not checked: this kernel has no seccomp filters")
            return
        check("not permitted; run as root" in result.stderr, "says that it is not permitted, and what to do", result.stderr)
    else:
        return
    check(result.returncode == 2, f"--live, not permitted: exit status 2, not {result.returncode}", result.stdout)
    check(result.stdout == "" and result.stderr.count("\n") == 1, "one line that says why", result.stdout + result.stderr)


def main():
    program = sys.argv[1]
    for _ in range(ROUNDS):
        result = run(program)
        table = check_day(result, 0)
        check(not any(row[2] for row in table.values()), "no belief is marked as wrong", result.stdout)
        check("Every driver believes what is true." in result.stdout, "the last word is good")
        if failures:
            break

    result = run(program, "--sabotage")
    table = check_day(result, 1)
    wrong = {key for key, row in table.items() if row[2]}
    check(wrong == {("percpu", what) for what in ("processors", "which processors", "blocks held")}, f"percpu is caught: {wrong}")
    check("percpu is still registered for: processor change" in result.stdout, "what percpu left registered is listed")
    check("WRONG: 3 of these beliefs are not true." in result.stdout, "the last word is bad")

    check_options(program)
    check_live_refusal(program)
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            status = subprocess.run([program], stdout=full, stderr=subprocess.DEVNULL, timeout=PATIENCE).returncode
        check(status == 2, f"output that cannot be written: exit status 2, not {status}")
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
