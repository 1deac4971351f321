#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Measures with several processes of each code placement and merges what they found into one file.

    run.py --build DIR --json FILE [--processes N] [--only SCENARIO] [--quick] [--no-build] [--cpus LIST]
    run.py --merge FILE... --json FILE
    run.py --figures FILE          prints the figures to reach beside those found
    run.py --show                  puts those of figures/*.json into README.md

DIR is a meson build directory. Of each row: per placement the median over the processes, then the median
over the placements; `spread` holds the least and the greatest placement.
"""
import argparse
import json
import math
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

KEY = ("scenario", "variant", "library", "n", "threads", "unit")
VALUES = ("median", "p99", "p999", "ratio_to_raw")
ONCE = ("memory",)  # not a time: the same in every process
# Nanoseconds, where the placement of code is seen. The others are measured with the default one only.
PLACED = ("notify", "threads", "keyed", "transact")


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def spread(values):
    values = [value for value in values if value is not None]
    return [min(values), max(values)] if values else None


def counts(row):
    """Whether the row counts what must not happen; then the sum matters, not the median."""
    return row["scenario"] == "race"


def merge(results):
    """One result out of those of several processes."""
    if not results:
        raise ValueError("nothing to merge")
    by_key = {}
    for result in results:
        for row in result["rows"]:
            key = tuple(row[name] for name in KEY)
            by_key.setdefault(key, {}).setdefault(result["placement"], []).append(row)
    rows = []
    for key, placements in by_key.items():
        merged = dict(zip(KEY, key))
        if counts(merged):
            found = [row for group in placements.values() for row in group]
            merged["n"] = sum(row["n"] for row in found)
            merged.update(median=sum(row["median"] for row in found), p99=None, p999=None, ratio_to_raw=None)
            merged["spread"] = {}
        else:
            of_placement = [{name: median(row[name] for row in group) for name in VALUES} for group in placements.values()]
            merged.update({name: median(values[name] for values in of_placement) for name in VALUES})
            merged["spread"] = {name: spread([values[name] for values in of_placement]) for name in ("median", "ratio_to_raw")}
        merged["processes"] = sum(len(group) for group in placements.values())
        merged["placements"] = len(placements)
        rows.append(merged)
    first = results[0]
    together = {name: first[name] for name in ("machine", "compiler", "flags", "date")}
    for result in results:
        if (result["machine"], result["compiler"]) != (first["machine"], first["compiler"]):
            raise ValueError("results of different machines or compilers")
    together["placement"] = ", ".join(dict.fromkeys(result["placement"] for result in results))
    together["load"] = spread([result.get("load") for result in results])
    together["quick"] = any(result.get("quick") for result in results)
    together["processes"] = len(results)
    together["rows"] = rows
    return together


# ---- the figures to reach ---------------------------------------------------------------------------


class Figures:
    def __init__(self, data):
        self.rows = {tuple(row[name] for name in ("scenario", "variant", "library", "n")): row for row in data["rows"]}
        self.lines = []

    def row(self, scenario, library, n=None, variant=""):
        for key, row in self.rows.items():
            if key[:3] == (scenario, variant, library) and n in (None, key[3]):
                return row
        return None

    def value(self, scenario, library, n=None, variant="", of="median"):
        row = self.row(scenario, library, n, variant)
        return None if row is None else row[of]

    def add(self, what, found, limit, at_least=False, spread_of=None):
        if found is None:
            verdict = "absent"
        elif (found >= limit) if at_least else (found <= limit):
            verdict = "reached"
        else:
            verdict = "MISSED"
        text = "-" if found is None else f"{found:.4g}"
        if spread_of:
            text += f"  ({spread_of[0]:.3g} to {spread_of[1]:.3g})"
        self.lines.append((what, ("≥ " if at_least else "≤ ") + f"{limit:g}", text, verdict))

    def above(self, scenario, n, variant="", library="assent"):
        """Nanoseconds above the raw loop."""
        mine, raw = self.value(scenario, library, n, variant), self.value(scenario, "raw loop", n, variant)
        return None if mine is None or raw is None else mine - raw

    def ratio(self, what, limit, library, n):
        row = self.row("notify", library, n)
        found = row and row["ratio_to_raw"]
        self.add(what, found, limit, spread_of=row and row["spread"]["ratio_to_raw"])

    def all(self):
        self.add("notify, N = 1, ns above the raw loop", self.above("notify", 1), 2.5)
        self.ratio("notify, N = 4, times raw", 1.35, "assent", 4)
        for n in (16, 64, 1024):
            self.ratio(f"notify, N = {n}, times raw", 1.10, "assent", n)
        for n in (4, 16, 64, 1024):
            self.ratio(f"notify, single-threaded, N = {n}, times raw", 1.05, "assent, single-threaded", n)
        for n in (1, 16):
            mine, peer = self.value("notify", "assent", n), self.value("notify", "Boost.Signals2", n)
            self.add(f"times faster than Boost.Signals2, N = {n}", peer / mine if mine and peer else None, 15, at_least=True)
        for n in (1, 16):
            self.add(f"two notifiers to one, N = {n}", self.value("threads", "assent", n, "two to one"), 1.15)
        self.add("churn, throughput kept", self.value("churn", "assent", 16, "throughput kept"), 0.12, at_least=True)
        self.add("churn, latency p99.9, ns", self.value("churn", "assent", 16, "latency, disturbed", "p999"), 1500)
        self.add("churn, pairs/s", self.value("churn", "assent", 16, "pairs"), 500_000, at_least=True)
        self.add("register + unregister, nobody else attached, ns", self.value("pair", "assent", 16, "alone"), 60)
        self.add("register + unregister, others asleep, ns", self.value("pair", "assent", 16, "others asleep"), 250)
        for order in ("fifo", "lifo", "random"):
            def larger(library):
                parts = [[self.value(s, library, n, order) for s in ("register", "unregister")] for n in (1_000, 1_000_000)]
                return None if None in parts[0] + parts[1] else sum(parts[1]) / sum(parts[0])
            alone = larger("memory alone")
            self.add(f"cost at 10^6 to 10^3, {order}" + (f" (memory alone: {alone:.1f})" if alone else ""), larger("assent"), 2)
        for n in (1_000, 1_000_000):
            for variant, limit in (("beyond the callable", 96), ("at the worst growth point", 96), ("allocations", 1.05)):
                self.add(f"memory, {variant}, {n}", self.value("memory", "assent", n, variant), limit)
        supplied = self.value("memory", "assent, supplied storage", 1_000_000, "allocations")
        if supplied is not None:
            self.add("memory, supplied storage, allocations", supplied, 0)
        self.add("memory, keyed, 10^6 keys", self.value("memory", "assent, keyed", 1_000_000, "beyond the callable"), 192)
        self.add("memory, keyed, worst growth point", self.value("memory", "assent, keyed", 1_000_000, "at the worst growth point"), 192)
        self.add("keyed, hot key, ns above the raw call", self.above("keyed", None, "hot key"), 15)
        self.add("keyed, random keys, times a hash table", self.value("keyed", "assent", None, "random keys to hash table"), 1.5)
        for n in (1, 4, 16, 64):
            mine, raw = self.value("transact", "assent", n), self.value("transact", "raw loop", n)
            self.add(f"transact, N = {n}, ns above 1.15 raw loops", mine - 1.15 * raw if mine and raw else None, 40)
        for variant in ("started afterwards", "still running afterwards"):
            self.add(f"race, {variant}", self.value("race", "assent", None, variant), 0)
        return self.lines


def figures(data):
    """The figures to reach beside those found, a line each."""
    lines = Figures(data).all()
    widths = [max(len(line[i]) for line in lines) for i in range(3)]
    return "\n".join([
        f"{data['machine']}; {data['compiler']}; {data['flags']}",
        f"{data['date']}; {data['processes']} processes; load {data.get('load')}",
        *(f"{what:{widths[0]}}  {limit:{widths[1]}}  {found:{widths[2]}}  {verdict}" for what, limit, found, verdict in lines),
        f"{sum(line[3] == 'MISSED' for line in lines)} missed, {sum(line[3] == 'absent' for line in lines)} absent",
    ])


README = pathlib.Path(__file__).parent / "README.md"
SHOWN = re.compile(r"<!-- run.py --figures (\S+) -->\n```\n.*?\n```", re.S)


def with_figures(text):
    """The text with the figures that it shows as they are in the files beside the plots."""

    def shown(block):
        return f"<!-- run.py --figures {block[1]} -->\n```\n{figures(json.loads((README.parent / block[1]).read_text()))}\n```"

    return SHOWN.sub(shown, text)


def check_shown():
    text = README.read_text()
    assert SHOWN.search(text), "README.md shows no figures"
    assert text == with_figures(text), "README.md shows other figures than its files hold; run.py --show puts them in"


# ---- running ----------------------------------------------------------------------------------------


def measure(options):
    build = pathlib.Path(options.build)
    if not options.no_build:
        subprocess.run(["meson", "compile", "-C", build, "measure"], check=True)
    programs = sorted(
        path for path in (build / "benchmarks").iterdir() if path.is_file() and path.stem.startswith("dispatch_latency")
    )
    if not programs:
        sys.exit(f"{build}/benchmarks: no program; meson compile -C {build} measure")
    wrapper = ["taskset", "-c", options.cpus] if options.cpus else []
    results = []
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "result.json"

        def run(program, *arguments):
            command = [*wrapper, str(program), "--json", str(file), *arguments, *(["--quick"] if options.quick else [])]
            print(shlex.join(command), file=sys.stderr, flush=True)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            results.append(json.loads(file.read_text()))

        # Placements in turns: none of them has a quiet hour to itself.
        for _ in range(options.processes):
            for program in programs:
                default = program.stem == "dispatch_latency"
                if options.only is None and default:
                    run(program)
                    continue
                for scenario in [options.only] if options.only else PLACED:
                    if scenario not in ONCE and (default or scenario in PLACED):
                        run(program, "--only", scenario)
        memory = build / "benchmarks" / "registration_memory"
        if memory.exists() and options.only in (None, *ONCE):
            run(memory)
    return merge(results)


def write(file, data):
    pathlib.Path(file).write_text(json.dumps(data, indent=1) + "\n")


# ---- self-test --------------------------------------------------------------------------------------


def selftest():
    def result(placement, value, raw=2.0, count=0):
        common = {"variant": "", "threads": 1, "p99": None, "p999": None}
        return {
            "machine": "m", "compiler": "c", "flags": "f", "date": "d", "placement": placement, "load": 0.1, "quick": False,
            "rows": [
                {**common, "scenario": "notify", "library": "raw loop", "n": 1, "unit": "ns", "median": raw, "ratio_to_raw": 1},
                {**common, "scenario": "notify", "library": "assent", "n": 1, "unit": "ns", "median": value, "ratio_to_raw": value / raw},
                {**common, "scenario": "race", "variant": "started afterwards", "library": "assent", "n": 10, "unit": "callbacks",
                 "median": count, "ratio_to_raw": None},
            ],
        }

    merged = merge([result("a", 4), result("a", 6), result("a", 100), result("b", 8), result("c", 3, count=2)])
    rows = {(row["scenario"], row["library"]): row for row in merged["rows"]}
    mine = rows["notify", "assent"]
    # Placement a has median 6, so the placements are 6, 8 and 3.
    assert mine["median"] == 6 and mine["spread"]["median"] == [3, 8] and mine["ratio_to_raw"] == 3, mine
    assert mine["processes"] == 5 and mine["placements"] == 3
    assert rows["race", "assent"]["median"] == 2 and rows["race", "assent"]["n"] == 50
    lines = {line[0]: line for line in Figures(merged).all()}
    assert lines["notify, N = 1, ns above the raw loop"][3] == "MISSED"
    assert lines["race, started afterwards"][3] == "MISSED"
    assert lines["notify, N = 4, times raw"][3] == "absent"
    good = {line[0]: line for line in Figures(merge([result("a", 4.0)])).all()}
    assert good["notify, N = 1, ns above the raw loop"][3] == "reached"
    assert good["race, started afterwards"][3] == "reached"
    try:
        merge([result("a", 1), {**result("b", 1), "machine": "other"}])
    except ValueError:
        pass
    else:
        raise AssertionError("merged results of two machines")
    assert math.isclose(median([1, None, 3]), 2)
    check_shown()

    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("merging works; without matplotlib plots are not tested")
        return
    import plot

    with tempfile.TemporaryDirectory() as directory:
        made = plot.plot(merged, directory)
        assert made and all("<svg" in path.read_text() for path in made), made
        for beneath in ("m; c; f", "benchmarks/run.py --build"):
            assert all(beneath in path.read_text() for path in made), "machine, compiler or command are missing beneath"
    print(f"merging works; {len(made)} plots made")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--build")
    what.add_argument("--merge", nargs="+", metavar="FILE")
    what.add_argument("--figures", metavar="FILE")
    what.add_argument("--show", action="store_true")
    what.add_argument("--selftest", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--processes", type=int, default=3, help="of each placement (default: 3)")
    parser.add_argument("--only", metavar="SCENARIO")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--cpus", help="run on these processors only, as for taskset; two at least")
    options = parser.parse_args()
    if options.selftest:
        selftest()
        return
    if options.show:
        README.write_text(with_figures(README.read_text()))
        return
    if options.figures:
        print(figures(json.loads(pathlib.Path(options.figures).read_text())))
        return
    if options.merge:
        data = merge([json.loads(pathlib.Path(file).read_text()) for file in options.merge])
    else:
        data = measure(options)
    if options.json:
        write(options.json, data)
    print(figures(data))


if __name__ == "__main__":
    main()
