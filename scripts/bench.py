#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Put what the benchmarks printed beside the goals.

    bench.py GOALS TSV LOG...

The logs hold lines "teachalloc_bench: WORK<tab>OURS<tab>HOST" or "bench: ..."
among others; "-" stands for a figure that cannot be had. Every work of GOALS gets
a row, in its order, in the table that is printed and in the file TSV. What is
counted is the unit of GOALS, instructions an operation unless it names another;
less is better in all of them, and the goal is the ratio to reach.
"""

import csv
import re
import sys

LINE = re.compile(r"(?:teachalloc_)?bench: (\w+)\t([\d.]+|-)\t([\d.]+|-)\s*$")
NONE = "not measured yet"
UNIT = "instructions an operation"


def figures(paths):
    found = {}
    for path in paths:
        with open(path, errors="replace") as log:
            for line in log:
                if match := LINE.search(line):
                    found[match[1]] = [None if v == "-" else float(v)
                                       for v in match.groups()[1:]]
    return found


def number(value):
    return NONE if value is None else f"{value:.0f}"


def ratio_of(ours, host):
    if ours is None or host is None:
        return NONE
    if host:
        return f"{ours / host:.3f}"
    return "inf" if ours else "0.000"


def row(goal, found):
    work = goal["work"]
    ours, host = found.pop(work, (None, None))
    return [work, number(ours), number(host), ratio_of(ours, host),
            goal["goal"], goal["unit"] or UNIT]


def grouped(text):
    """A count as a person reads it; nothing where nothing was measured."""
    return f"{int(text):,}".replace(",", " ") if text != NONE else "-"


def show(rows, what):
    width = max(len(text) for text in what)
    heading = None
    for (_, ours, host, ratio, goal, unit), text in zip(rows, what):
        if unit != heading:
            heading = unit
            print(f"\n{unit:{width}} {'ours':>8} {'host':>8}"
                  f" {'ratio':>6} {'goal':>6}")
        if ratio == NONE:
            end = f"{'-':>6} {goal:>6}  {NONE}"
        else:
            met = "" if float(ratio) <= float(goal) else "  goal not met yet"
            end = f"{ratio:>6} {goal:>6}{met}"
        print(f"{text:{width}} {grouped(ours):>8} {grouped(host):>8} {end}")


def main():
    goals_path, tsv_path, *logs = sys.argv[1:]
    with open(goals_path, newline="") as file:
        goals = list(csv.DictReader(file, delimiter="\t"))
    found = figures(logs)
    rows = [row(g, found) for g in goals]
    with open(tsv_path, "w", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["work", "ours", "host", "ratio", "goal", "unit"])
        out.writerows(rows)
    show(rows, [g["what"] for g in goals])
    for work in found:
        print(f"no goal for {work}", file=sys.stderr)


if __name__ == "__main__":
    main()
