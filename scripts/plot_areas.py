#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draw what an area costs among many, from what mm/tests/areas.c printed.

    plot_areas.py LOG SVG

Prints the figures as a table, too. Both axes are logarithmic.
"""

import math
import re
import sys

LINE = re.compile(r"teachalloc_areas: (\w+)\t(\d+)\t(\d+)\t(\d+)\s*$")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 70, 130, 30, 50
STYLE = {"4K": ("#1b6ca8", "4 KiB"), "256K": ("#b5471b", "256 KiB")}


def figures(path):
    found = {}
    with open(path, errors="replace") as log:
        for line in log:
            if match := LINE.search(line):
                size, *numbers = match.groups()
                found.setdefault(size, []).append([int(n) for n in numbers])
    return found


def show(found):
    print(f"\n{'instructions a pair among':26} {'areas':>8} {'ours':>8} {'host':>8}")
    for size, rows in found.items():
        for areas, ours, host in rows:
            print(f"{STYLE[size][1]:26} {areas:8} {ours:8} {host:8}")


class Plot:
    def __init__(self, found):
        points = [row for rows in found.values() for row in rows]
        self.x_max = math.log10(max(row[0] for row in points))
        costs = [cost for row in points for cost in row[1:]]
        self.y_min = math.floor(math.log10(min(costs)))
        self.y_max = math.ceil(math.log10(max(costs)))

    def x(self, areas):
        share = (math.log10(areas) - 1) / (self.x_max - 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, cost):
        share = (math.log10(cost) - self.y_min) / (self.y_max - self.y_min)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self):
        for power in range(1, round(self.x_max) + 1):
            x = self.x(10 ** power)
            yield (f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}"'
                   f' y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
            yield (f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}"'
                   f' text-anchor="middle">{10 ** power}</text>')
        for power in range(self.y_min, self.y_max + 1):
            y = self.y(10 ** power)
            yield (f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}"'
                   f' y2="{y:.1f}" stroke="#ddd"/>')
            yield (f'<text x="{LEFT - 8}" y="{y + 4:.1f}"'
                   f' text-anchor="end">{10 ** power}</text>')

    def curve(self, rows, column, colour, dash, label):
        path = " ".join(f"{self.x(row[0]):.1f},{self.y(row[column]):.1f}"
                        for row in rows)
        yield (f'<polyline points="{path}" fill="none" stroke="{colour}"'
               f' stroke-width="2"{dash}/>')
        yield (f'<text x="{WIDTH - RIGHT + 8}"'
               f' y="{self.y(rows[-1][column]) + 4:.1f}"'
               f' fill="{colour}">{label}</text>')


def draw(found):
    plot = Plot(found)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
           f' height="{HEIGHT}" font-family="sans-serif" font-size="12">')
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield from plot.grid()
    for size, rows in found.items():
        colour, name = STYLE[size]
        yield from plot.curve(rows, 1, colour, "", f"ours, {name}")
        yield from plot.curve(rows, 2, colour, ' stroke-dasharray="5 4"',
                              f"host, {name}")
    yield (f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}"'
           ' text-anchor="middle">live areas</text>')
    yield f'<text x="{LEFT}" y="18">instructions, allocation and free</text>'
    yield "</svg>"


def main():
    log, svg = sys.argv[1:]
    found = figures(log)
    if not found:
        print("no figures of many areas", file=sys.stderr)
        return
    show(found)
    with open(svg, "w") as file:
        file.write("\n".join(draw(found)) + "\n")


if __name__ == "__main__":
    main()
