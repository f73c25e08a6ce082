#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Read test results (KTAP) and write them one a line: verdict, job, name. A failure
is followed by what the test said last, a line each with "said" for a verdict.

    ktap.py JOB [--only NAME,NAME...] < text

The text may hold several documents, be a kernel log with time stamps, and have
other lines in between. Counted are leaves: a result that sums up the indented
results before it is counted only if it failed while none of those did. A plan
("1..N") that is not met is a failure: the program died half way. A program's
document can be wrapped in "# program: NAME" and "# program NAME: exit STATUS".
"""

import re
import sys
from collections import deque

STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[[^]]*\])? ?")
RESULT = re.compile(r"^( *)(not ok|ok)\b *(\d+)? *-? *(.*)$")
PLAN = re.compile(r"^( *)1\.\.(\d+)")
SUBTEST = re.compile(r"^ *# Subtest: (\S+)")
BEGIN = re.compile(r"^# program: (\S+)")
END = re.compile(r"^# program (\S+): exit (\d+)")
KSFT_SKIP = 4
LAST_WORDS = 8


class Reader:
    """The state of one document, and all results: [verdict, name, last words]."""

    def __init__(self):
        self.results = []
        self.heard = deque(maxlen=LAST_WORDS)
        self.program = None
        self.reset()

    def reset(self):
        self.open = []      # results not yet summed up: (indent, index)
        self.plans = {}     # indent -> number of results still to come
        self.start = len(self.results)

    def hear(self, line):
        if line.strip():
            self.heard.append(line)

    def add(self, verdict, name):
        said = list(self.heard) if verdict == "fail" else []
        self.heard.clear()
        self.results.append([verdict, name, said])

    def check_plans(self, indent):
        for at in [i for i in self.plans if i >= indent]:
            left = self.plans.pop(at)
            if left > 0:
                self.add("fail", f"{left} planned tests did not run")

    def plan(self, indent, number):
        self.check_plans(indent)
        self.plans[indent] = number

    def result(self, indent, verdict, name):
        self.check_plans(indent + 1)
        if indent in self.plans:
            self.plans[indent] -= 1
        children = [i for at, i in self.open if at > indent]
        if children:
            self.open = [(at, i) for at, i in self.open if at <= indent]
            for i in range(children[0], len(self.results)):
                self.results[i][1] = f"{name}.{self.results[i][1]}"
            verdicts = {self.results[i][0]
                        for i in range(children[0], len(self.results))}
            if verdict != "fail" or "fail" in verdicts:
                self.open.append((indent, children[0]))
                return
        self.open.append((indent, len(self.results)))
        self.add(verdict, name)

    def close(self):
        """Ends the document: returns its results and whether one failed."""
        self.check_plans(0)
        mine = self.results[self.start:]
        self.reset()
        return mine, any(result[0] == "fail" for result in mine)

    def begin(self, program):
        self.finish()
        self.program = program

    def finish(self):
        mine, _ = self.close()
        if self.program:
            self.prefix(mine)
            self.add("fail", f"{self.program}: did not end")
            self.program = None
            self.reset()

    def end(self, status):
        mine, failed = self.close()
        self.prefix(mine)
        if status == KSFT_SKIP and not mine:
            self.add("skip", f"{self.program}: all of it")
        elif status not in (0, KSFT_SKIP) and not failed:
            self.add("fail", f"{self.program}: exit status {status}")
        elif not mine:
            self.add("fail", f"{self.program}: no results")
        self.program = None
        self.reset()

    def prefix(self, results):
        for result in results:
            result[1] = f"{self.program}: {result[1]}"


def read(lines):
    reader = Reader()
    for line in lines:
        line = STAMP.sub("", line.rstrip("\r\n"))
        if found := RESULT.match(line):
            indent, word, _, rest = found.groups()
            name, _, directive = rest.partition(" # ")
            if rest.startswith("# "):
                name, directive = "", rest[2:]
            verdict = "fail" if word == "not ok" else "pass"
            if verdict == "pass" and directive.upper().startswith("SKIP"):
                verdict = "skip"
            reader.result(len(indent), verdict, name.strip() or "unnamed")
        elif found := PLAN.match(line):
            reader.plan(len(found[1]), int(found[2]))
        elif found := BEGIN.match(line):
            reader.begin(found[1])
        elif found := END.match(line):
            reader.end(int(found[2]))
        else:
            reader.hear(line)
    reader.finish()
    return reader.results


def wanted(name, only):
    return not only or any(re.search(rf"\b{re.escape(o)}\b", name) for o in only)


def main():
    job = sys.argv[1]
    only = sys.argv[3].split(",") if len(sys.argv) > 3 else []
    sys.stdin.reconfigure(errors="replace")
    for verdict, name, said in read(sys.stdin):
        if wanted(name, only):
            print(f"{verdict}\t{job}\t{name}")
            for line in said:
                print(f"said\t{job}\t{line}")


if __name__ == "__main__":
    main()
