#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the files of mm/ call only downwards, and keep their privileges.

The order of teachalloc-y in Kbuild is the order of the layers. A file may include
its own header and those of files before it, besides compat.h and internal.h. A
header without a file of its name (an interface with several back ends) belongs to
the first file whose name begins with its own: ptmap.h to ptmap_soft.c.

A privilege is something that one file does for all; OWNERS names the words that
only its owners may use. Comments and strings do not count.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MM = ROOT / "mm"
FOUNDATION = {"compat.h", "internal.h"}

# what it is, the words, whose it is
OWNERS = [
    ("the host's pages",
     r"(alloc_pages?(_node|_exact|_bulk\w*)?|__free_pages?|free_pages(_exact)?"
     r"|__get_free_pages?|get_zeroed_page|split_page)\s*\(", {"pool.c"}),
    ("memory set aside at boot",
     r"(memremap_pages|memunmap_pages|request_mem_region|release_mem_region)"
     r"\s*\(", {"phys.c"}),
    ("the host's page tables",
     r"(set_pte(_at)?|pte_clear|lookup_address|vm_insert_\w+|vmf_insert_\w+"
     r"|remap_pfn_range|zap_vma_ptes|unmap_mapping_\w+)\s*\(",
     {"ptmap_host.c", "ptmap_host.h", "fault.c", "remap.c",
      "migrate.c", "insert.c", "zero.c", "forget.c"}),
    ("user pointers",
     r"(copy_(to|from|struct_from)_user|(get|put|clear)_user|strncpy_from_user)"
     r"\s*\(", {"ioctl.c"}),
    ("debugfs files", r"debugfs_(create|remove)\w*\s*\(",
     {"debugfs.c", "debugfs_pages.c", "debugfs_page_debug.c",
      "debugfs_slab.c", "debugfs_clients.c", "uspace.c", "debugfs_allocinfo.c", "debugfs_tuning.c", "debugfs_vmalloc.c",
      "debugfs_map.c", "debugfs_who.c"}),
    ("module parameters", r"module_param\w*\s*\(", {"main.c"}),
    ("the kernel's version", r"(LINUX_VERSION_CODE|KERNEL_VERSION)\b",
     {"compat.h"}),
    ("a dead machine (report, refuse, go on)", r"(BUG|BUG_ON)\s*\(", set()),
    ("SLAB_PANIC, which asks for it", r"panic\s*\(", {"create.c"}),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def blank(found):
    """Comments and strings go, the lines stay where they are."""
    return re.sub(r"[^\n]", " ", found[0])


def layers():
    text = (ROOT / "Kbuild").read_text()
    names = re.findall(r"^teachalloc-(?:y|\$\(CONFIG_\w+\))\s*[:+]?=\s*(.*)$",
                       text, re.M)
    return [Path(o).stem for line in names for o in line.split()]


def place(header, order):
    """The layer that a header belongs to, or None."""
    stem = Path(header).stem
    if stem in order:
        return order.index(stem)
    for i, name in enumerate(order):
        if name.startswith(stem + "_"):
            return i
    return None


def check_includes(path, order):
    own = place(path.name, order)
    if own is None and path.name not in FOUNDATION:
        yield 0, "in no layer: Kbuild's teachalloc-y does not know it"
        return
    for number, line in enumerate(path.read_text().split("\n"), 1):
        found = INCLUDE.match(line)
        if not found or found[1] in FOUNDATION:
            continue
        at = place(found[1], order)
        if not (MM / found[1]).exists():
            yield number, f'no "{found[1]}" in mm/'
        elif at is None or own is None or at > own:
            yield number, f'"{found[1]}" is not below'


def check_owners(path):
    text = NOISE.sub(blank, path.read_text())
    for what, words, owners in OWNERS:
        if path.name in owners:
            continue
        for found in re.finditer(r"(?<!\w)" + words, text):
            number = text.count("\n", 0, found.start()) + 1
            whose = ", ".join(sorted(owners)) or "nobody's"
            yield number, f"{found[0].strip()}: {what}: {whose}"


def main():
    order = layers()
    if not order:
        print("Kbuild has no teachalloc-y")
        return 1
    bad = 0
    for path in sorted(MM.glob("*.[ch]")):
        for number, what in [*check_includes(path, order), *check_owners(path)]:
            print(f"mm/{path.name}:{number}: {what}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
