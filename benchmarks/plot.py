#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Draws the results of run.py as SVG files, with machine, compiler and command beneath them.

    plot.py RESULT.json DIRECTORY

Needs matplotlib (Debian: apt-get install python3-matplotlib); without it exits with status 77.
"""
import json
import pathlib
import sys
import textwrap

COLOURS = {
    "raw loop": "#888888",
    "vector<function>": "#bbbbbb",
    "mutex": "#c9a227",
    "hash table": "#888888",
    "assent": "#1b6ca8",
    "assent, single-threaded": "#6db1e0",
    "assent, symmetric": "#4a8f6d",
    "assent, fence none": "#9ec5df",
    "Boost.Signals2": "#c0392b",
    "libsigc++": "#8e5ea2",
}
LEFT_OUT = ("assent, no_wait",)


def command(data):
    return f"benchmarks/run.py --build DIR --json FILE: {data.get('processes', 1)} processes, placements {data['placement']}"


class Plots:
    def __init__(self, data, directory):
        import matplotlib

        matplotlib.use("Agg")
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "assent", "font.size": 9})
        from matplotlib import pyplot

        self.pyplot = pyplot
        self.data = data
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.made = []

    def rows(self, scenario, variant="", **wanted):
        return [
            row
            for row in self.data["rows"]
            if row["scenario"] == scenario and row["variant"] == variant and row["library"] not in LEFT_OUT
            and all(row[name] == value for name, value in wanted.items())
        ]

    def save(self, figure, name, title):
        figure.suptitle(title)
        beneath = [f"{self.data['machine']}; {self.data['compiler']}; {self.data['flags']}; {self.data['date']}", command(self.data)]
        if self.data.get("quick"):
            beneath.append("quick mode: these figures mean nothing")
        text = "\n".join(line for part in beneath for line in textwrap.wrap(part, 110))
        figure.tight_layout(rect=(0, 0.06 + 0.02 * text.count("\n"), 1, 1))
        figure.text(0.01, 0.01, text, fontsize=6, color="#555555", va="bottom")
        path = self.directory / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None})
        self.pyplot.close(figure)
        self.made.append(path)

    def grouped(self, axes, rows, value, groups, label):
        """Bars: a group for each of `groups`, a bar for each library."""
        libraries = list(dict.fromkeys(row["library"] for row in rows))
        width = 0.8 / max(1, len(libraries))
        for k, library in enumerate(libraries):
            heights, low, high, at = [], [], [], []
            for position, group in enumerate(groups):
                for row in rows:
                    if row["library"] != library or label(row) != group or row[value] is None:
                        continue
                    least, greatest = (row.get("spread") or {}).get(value) or (row[value], row[value])
                    at.append(position + (k - (len(libraries) - 1) / 2) * width)
                    heights.append(row[value])
                    low.append(max(0, row[value] - least))
                    high.append(max(0, greatest - row[value]))
            axes.bar(at, heights, width, yerr=[low, high], label=library, color=COLOURS.get(library), ecolor="#333333",
                     error_kw={"linewidth": 0.6})
        axes.set_xticks(range(len(groups)), [str(group) for group in groups])
        axes.legend(fontsize=7, frameon=False, ncol=3, loc="lower center", bbox_to_anchor=(0.5, 1))
        axes.spines[["top", "right"]].set_visible(False)

    def notify(self):
        rows = self.rows("notify")
        if not rows:
            return
        figure, (left, right) = self.pyplot.subplots(1, 2, figsize=(9, 4))
        few = [row for row in rows if row["n"] <= 16]
        self.grouped(left, few, "median", sorted({row["n"] for row in few}), lambda row: row["n"])
        left.set_yscale("log")
        left.set_xlabel("callbacks")
        left.set_ylabel("ns per notification (log)")
        near = [row for row in rows if row["library"] in ("raw loop", "vector<function>", "assent", "assent, single-threaded")]
        self.grouped(right, near, "ratio_to_raw", sorted({row["n"] for row in near}), lambda row: row["n"])
        right.axhline(1, color="#333333", linewidth=0.6)
        right.set_xlabel("callbacks")
        right.set_ylabel("times the raw loop; lines: code placements")
        self.save(figure, "notify", "Notifying N callbacks")

    def bars(self, name, title, scenario, variants, label, log=True, largest=False):
        """A group for each variant and number; with `largest` for the greatest number only."""
        rows = [row for variant in variants for row in self.rows(scenario, variant)]
        if not rows:
            return
        if largest:
            rows = [row for row in rows if row["n"] == max(other["n"] for other in rows)]
        figure, axes = self.pyplot.subplots(figsize=(8, 4))

        def group(row):
            return f"{row['variant']}\nN = {row['n']}".strip()

        groups = [group(row) for row in sorted(rows, key=lambda row: (variants.index(row["variant"]), row["n"]))]
        self.grouped(axes, rows, "median", list(dict.fromkeys(groups)), group)
        if log:
            axes.set_yscale("log")
        axes.set_ylabel(label)
        self.save(figure, name, title)

    def registering(self):
        rows = [row for row in self.rows("register", "random")]
        sizes = sorted({row["n"] for row in rows})
        if not rows:
            return
        figure, panels = self.pyplot.subplots(1, 2, figsize=(9, 4), sharey=True)
        for axes, scenario in zip(panels, ("register", "unregister")):
            self.grouped(axes, self.rows(scenario, "random"), "median", sizes, lambda row: row["n"])
            axes.set_title(scenario, fontsize=9)
            axes.set_xlabel("registrations")
        panels[0].set_ylabel("ns each")
        self.save(figure, "registering", "Registering, and unregistering in random order")

    def latency(self):
        """Under churn: percentiles, disturbed."""
        rows = self.rows("churn", "latency, disturbed")
        if not rows:
            return
        figure, axes = self.pyplot.subplots(figsize=(8, 4))
        spread = [
            {**row, "median": row[value], "spread": {}, "percentile": name}
            for row in rows
            for name, value in (("p50", "median"), ("p99", "p99"), ("p99.9", "p999"))
        ]
        self.grouped(axes, spread, "median", ["p50", "p99", "p99.9"], lambda row: row["percentile"])
        axes.set_yscale("log")
        axes.set_ylabel("ns per notification (log)")
        self.save(figure, "churn_latency", "Notifying 16 while another thread registers and unregisters")

    def race(self):
        rows = [row for variant in ("started afterwards", "still running afterwards") for row in self.rows("race", variant)]
        if not rows:
            return
        figure, axes = self.pyplot.subplots(figsize=(8, 4))
        self.grouped(axes, rows, "median", ["started afterwards", "still running afterwards"], lambda row: row["variant"])
        axes.set_ylabel(f"callbacks in {max(row['n'] for row in rows)} rounds")
        self.save(figure, "race", "Callbacks found after unregistering had returned")

    def all(self):
        self.notify()
        self.registering()
        self.bars("pair", "Registering and unregistering one", "pair", ["alone", "others asleep"], "ns a pair", log=False)
        self.bars("churn_throughput", "Notifying beside churn", "churn", ["undisturbed", "disturbed"], "notifications/s (log)")
        self.bars("churn_pairs", "Churn beside a notifier", "churn", ["pairs"], "pairs/s (log)")
        self.latency()
        self.bars("threads", "One notifier and two", "threads", ["one notifier", "two notifiers"], "ns per notification (log)")
        self.bars("keyed", "One receiver for each key", "keyed", ["hot key", "random keys"], "ns per notification", log=False)
        self.bars("transact", "A transaction of N participants", "transact", [""], "ns (log)")
        self.bars("memory", "Memory per registration, beyond the callable", "memory",
                  ["beyond the callable", "at the worst growth point"], "bytes", log=False, largest=True)
        self.race()
        return self.made


def plot(data, directory):
    return Plots(data, directory).all()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("skipped: matplotlib is not installed")
        sys.exit(77)
    for path in plot(json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2]):
        print(path)


if __name__ == "__main__":
    main()
