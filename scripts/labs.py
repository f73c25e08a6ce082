#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write the pages of the labs from their sources and what they printed.

    labs.py FOLDER < OUTPUT

A page NN-name.md in FOLDER is the comment that NN-name.c begins with and, below it,
what the lab printed between "# lab: NN-name" and "# end of lab". README.md is a
table of all labs: what is claimed, whether it is right, and what is so, from
the paragraphs "Claim:", "Verdict:" and "So:" of that comment.
"""

import pathlib
import re
import sys

COLOUR = re.compile(r"\033\[[0-9;]*m")
BEGIN = re.compile(r"^# lab: (\S+)$")
FIELDS = ("Claim", "Verdict", "So")

INDEX = """# The labs

What is commonly said about memory, as experiments. Each lab is a short program that
says what to expect, does it on the service, and on the kernel's own memory
beside it where that makes sense, shows what was seen before and after, and
compares. Read the page, then the program: change it and run it again.

    make labs L=1       # the first lab, in a VM that this fetches and boots
    make labs           # all of them; renders these pages anew
    make shell          # a prompt in such a VM: "lab 1", or "lab" for a list

| lab | what is said | is that so? | what is so |
|---|---|---|---|
"""


WRITING = """
## Writing one

A lab is a file `NN-name.c` here; nothing lists it anywhere else. It begins with a comment:
`NN: Title`, the lesson, and the three paragraphs `Claim:`, `Verdict:` and `So:`, from which
its page and its row above are made. `lab.h` has what it is built of: `lab_step()` says
what to expect, `DO()` does something and says what, `SHOW()` shows a side before and after
it as well, `expect()` and its kin compare. A lab ends with `return lab_end()`, which tells
whether all was as expected. One that cannot fail is none: expect something wrong once,
and see it fail. `calls.h` catches what `malloc()` asks the kernel for, `kcore.h` reads the
kernel's memory, `bench.h` measures.

`make check T=labs` runs all of them.
"""


def comment(source):
    """The text of the first comment block, without its stars."""
    text = re.search(r"/\*\n(.*?)\n \*/", source.read_text(), re.S)[1]
    return [re.sub(r"^ \* ?", "", line) for line in text.split("\n")]


def split(lines):
    """Title, lesson, and the fields: each a paragraph in one line."""
    fields, lesson, field = {}, [], None
    for line in lines[1:]:
        name, colon, rest = line.partition(":")
        if colon and name in FIELDS:
            field = name
            fields[field] = rest.strip()
        elif field and line:
            fields[field] += " " + line
        elif not field:
            lesson.append(line)
    return lines[0], "\n".join(lesson).strip("\n"), fields


def outputs(text):
    """What each lab printed, by its name."""
    found, name = {}, None
    for line in COLOUR.sub("", text.replace("\r", "")).split("\n"):
        if begin := BEGIN.match(line):
            name = begin[1]
            found[name] = []
        elif line == "# end of lab":
            name = None
        elif name:
            found[name].append(line)
    return found


def page(source, output):
    title, lesson, fields = split(comment(source))
    verdict = fields["Verdict"][0].upper() + fields["Verdict"][1:]
    verdict += ":" if verdict.endswith("but") else "."
    text = "".join(f"    {line}".rstrip() + "\n" for line in output).strip("\n")
    return (f"# {title.replace(': ', '. ', 1)}\n\n{lesson}\n\n"
            f"*What is said:* {fields['Claim']}\n\n"
            f"*Is that so?* {verdict} {fields['So']}\n\n"
            f"The program is [{source.name}]({source.name}); it printed this:\n\n"
            f"{text}\n")


def row(source):
    title, _, fields = split(comment(source))
    nr, name = title.split(": ", 1)
    return (f"| [{nr}. {name}]({source.stem}.md) | {fields['Claim']} | "
            f"{fields['Verdict']} | {fields['So']} |\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    sources = sorted(folder.glob("[0-9]*.c"))
    sys.stdin.reconfigure(errors="replace")
    said = outputs(sys.stdin.read())
    for source in sources:
        if source.stem in said:
            path = folder / f"{source.stem}.md"
            path.write_text(page(source, said[source.stem]))
    (folder / "README.md").write_text(INDEX + "".join(map(row, sources)) + WRITING)


if __name__ == "__main__":
    main()
