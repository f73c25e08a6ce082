#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Look for trouble in a kernel log: print each find with the lines around it.

    klog.py [--misuse-expected] LOG     exit status 1 if there was any

A find is a report of the kernel's own checks, of memory that did not come back,
a call trace that nobody asked for, or a misuse that the module reports, unless
the log is one of tests that misuse it on purpose. Test results and the kernel's
command line are not looked at: their names may hold any word.
"""

import re
import sys

BEFORE, AFTER = 6, 30

TROUBLE = re.compile(
    r"BUG:|BUG at|WARNING:|Oops|general protection|KASAN:|KCSAN:|KMSAN:|UBSAN:"
    r"|Bad page|Bad rss-counter|refcount_t|possible circular|possible recursive"
    r"|inconsistent lock|lock held when|bad unlock balance|Invalid wait context"
    r"|sleeping function|scheduling while atomic|suspicious RCU"
    r"|blocked for more than|soft lockup|hard LOCKUP|rcu.*detected.*stall"
    r"|usercopy:|page dumped|Kernel panic|ODEBUG:|list_(add|del) corruption"
    r"|kmemleak: \d+ new suspected|page allocation failure"
    r"|vmap allocation .* failed|invalid opcode|double fault"
    r"|Unable to handle|unable to handle|objects remaining|Invalid relocation"
    r"|Unknown symbol|(?<!teachalloc: )Out of memory: Killed"
    r"|[1-9]\d* pages missing|Call Trace:")
MISUSE = re.compile(
    r"teachalloc: .*(\bleak|double free|foreign pointer|wrong order|wrong owner"
    r"|interior pointer|broken invariant|busy object|write beside|write after)")
# A trace that was asked for: fault injection says what it lets fail.
ASKED = re.compile(r"FAULT_INJECTION: forcing a failure")
# So does a debugged cache, and has a trace in each report.
SLAB_REPORT = re.compile(r"^BUG .* \(teachalloc\): ")
# A race between two accesses of the kernel's own is not ours to find.
RACE = re.compile(r"BUG: KCSAN: ")
RACE_END = re.compile(r"={60}")
# Also if we asked for one of them: a fault looks at an entry of the page table before it
# has the lock, and once more when it has; and who unmaps notes the highest RSS without
# a lock.
KNOWN_RACE = re.compile(r"data-race in (__handle_mm_fault / unmap_page_range"
                        r"|zap_page_range_single / zap_page_range_single)$")
# Not the kernel speaking: test results, and what the boot repeats.
QUOTED = re.compile(r"^\s*(#|ok |not ok |\d+\.\.\d+|KTAP|TAP)|Command line:")
STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[[^]]*\])? ?")


def foreign_race(lines, i):
    """The end of a race report that is not about us, or None."""
    known = KNOWN_RACE.search(lines[i])
    for end in range(i, min(i + 100, len(lines))):
        if "[teachalloc" in lines[end] and not known:
            return None
        if RACE_END.search(lines[end]):
            return end
    return None


def finds(lines, misuse_expected):
    """The index of each find; one report's many lines are one find."""
    last = -AFTER
    asked = -AFTER
    slab_reports = 0
    skip = -1
    for i, line in enumerate(lines):
        text = STAMP.sub("", line)
        if i <= skip or QUOTED.search(text):
            continue
        if RACE.search(text) and (end := foreign_race(lines, i)):
            skip = end
            continue
        if ASKED.search(text):
            asked = i
        if SLAB_REPORT.search(text):
            slab_reports += misuse_expected
        if not (TROUBLE.search(text) or
                MISUSE.search(text) and not misuse_expected):
            continue
        if "Call Trace:" in text and i - asked < 12:
            continue
        if "Call Trace:" in text and slab_reports:
            slab_reports -= 1
            continue
        if i - last >= AFTER:
            yield i
            last = i


def main():
    path = sys.argv[-1]
    with open(path, errors="replace") as log:
        lines = log.read().replace("\r", "").split("\n")
    found = list(finds(lines, "--misuse-expected" in sys.argv[1:-1]))
    for i in found[:5]:
        print(f"--- {path}:{i + 1}")
        print("\n".join(lines[max(0, i - BEFORE):i + AFTER]))
    if len(found) > 5:
        print(f"--- and {len(found) - 5} more")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
