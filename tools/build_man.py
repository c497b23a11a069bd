"""Make the manual pages, stopgap(1) and one for each command, from docs/reference/commands.md.

    python tools/build_man.py DIR     write stopgap.1, stopgap-measure.1, … to DIR

Runs on the standard library alone and imports nothing of Stopgap: it runs when the package is built
(tools/man_hook.py). That page is held to the command line by tests/docs/test_docs.py. The same page gives the same
bytes; no page holds a day.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = "docs/reference/commands.md"
_SECTION = re.compile(r"^#{2,3} (stopgap .*)$", re.MULTILINE)
_GENERAL = {
    "What every command takes": "OPTIONS",
    "Completion": "COMPLETION",
    "Formats": "FORMATS",
    "Exit codes and errors": "EXIT STATUS",
    "Environment": "ENVIRONMENT",
}
"""Parts of the reference that stand in stopgap(1), by their title there."""

_TOKEN = re.compile(r"(`+)(.+?)\1|\*\*(.+?)\*\*|\*(\S[^*]*?)\*|\[([^\]]*)\]\([^)]*\)")


def main() -> None:
    """Write all pages to the folder that is named."""
    if len(sys.argv) != 2:
        raise SystemExit("python tools/build_man.py DIR")
    write_pages(Path(sys.argv[1]))


def write_pages(folder: Path) -> list[Path]:
    """Write all pages to a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        path = folder / f"{name}.1"
        path.write_text(text, "utf-8", newline="\n")
        written.append(path)
    return written


def pages() -> dict[str, str]:
    """Return the text of each page by its name: ``stopgap``, ``stopgap-measure`` …"""
    reference = (ROOT / SITE).read_text("utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    parts = _SECTION.split(reference)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    commands = _commands()
    made = {"stopgap": _main_page(parts[0], commands, version)}
    for name, sentence in commands.items():
        own = {path: text for path, text in sections.items() if path.split()[1] == name}
        made[f"stopgap-{name}"] = _command_page(name, sentence, own, version, _engine_options(parts[0], own))
    return made


def _engine_options(general: str, sections: dict[str, str]) -> str:
    """Return the text on the options of the engine, if one of a page's commands takes them; else nothing."""
    found = re.search(r"^### Engine\n(.*?)^Words that stand for values", general, re.MULTILINE | re.DOTALL)
    takers, _, _ = found[1].partition("also take") if found else ("", "", "")
    named = {f"stopgap {command}" for command in re.findall(r"`([^`]+)`", takers)}
    return found[1] if found and named & sections.keys() else ""


def _commands() -> dict[str, str]:
    """Return the commands with their sentences, as the list of commands has them."""
    tree = ast.parse((ROOT / "src" / "stopgap" / "cli" / "app.py").read_text("utf-8"))
    [listed] = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMANDS"
    ]
    return {name: sentence for name, (_, sentence) in ast.literal_eval(listed).items()}


def _main_page(general: str, commands: dict[str, str], version: str) -> str:
    chapters = re.split(r"^## (.*)$", general, flags=re.MULTILINE)
    texts = dict(zip(chapters[1::2], chapters[2::2], strict=True))
    lines = [
        *_head("stopgap", version, "who fills the gap when trade is stopped"),
        ".SH SYNOPSIS",
        r"\fBstopgap\fR \fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]",
        ".br",
        r"\fBstopgap\fR \fICOMMAND\fR \fB\-\-help\fR",
        ".SH DESCRIPTION",
        "When a coalition suspends or sanctions its trade with a target, other suppliers backfill it, directly or through",
        "third economies. Stopgap turns official trade statistics into figures that partners can check: what was suspended,",
        "who backfilled it, by how much, and what stayed unfilled.",
        ".SH COMMANDS",
    ]
    for name, sentence in commands.items():
        lines += [".TP", rf"\fBstopgap\-{_plain(name)}\fR(1)", _inline(sentence)]
    for title, heading in _GENERAL.items():
        lines += [f".SH {heading}", *_body(texts[title])]
    lines += [
        ".SH EXAMPLES", *_code("stopgap demo --output out\nstopgap init my-example\nstopgap measure russia-2022 --lake out/lake"),
        ".SH SEE ALSO", *_see_also(f"stopgap-{name}" for name in commands),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _command_page(name: str, sentence: str, sections: dict[str, str], version: str, engine: str) -> str:
    lines = [*_head(f"stopgap-{name}", version, sentence), ".SH SYNOPSIS"]
    for number, (path, text) in enumerate(sections.items()):
        lines += [".br"] * bool(number) + [_synopsis(path, text)]
    if list(sections) == [f"stopgap {name}"]:
        lines += [".SH DESCRIPTION", *_body(sections[f"stopgap {name}"])]
    else:
        lines += [".SH DESCRIPTION", _inline(sentence), ".SH COMMANDS"]
        for path, text in sections.items():
            lines += [f'.SS "{_plain(path)}"', *_body(text)]
    lines += [".SH ENGINE OPTIONS", *_body(engine)] if engine else []
    lines += [".SH COMMON OPTIONS"]
    lines += [
        r"\fB\-\-lake\fR, \fB\-\-format\fR, \fB\-\-output\fR, \fB\-\-full\fR, \fB\-\-notes\fR and \fB\-\-help\fR,"
    ]
    lines += ["formats, exit status and environment are described in", r"\fBstopgap\fR(1)."]
    return "\n".join([*lines, ".SH SEE ALSO", *_see_also(["stopgap"])]) + "\n"


def _head(name: str, version: str, sentence: str) -> list[str]:
    title = f'.TH {_plain(name.upper())} 1 "" "Stopgap {version}" "Stopgap manual"'
    return [title, ".ds AD l", ".ad l", ".nh", ".SH NAME", rf"{_plain(name)} \- {_inline(sentence.rstrip('.'))}"]


def _synopsis(path: str, section: str) -> str:
    rows = [row.split("|") for row in section.replace(r"\|", "/").splitlines() if row.startswith("| `")]
    words = [(word, row[2].strip()) for row in rows for word in re.findall(r"`([^`]+)`", row[1])]
    given = [(word, says) for word, says in words if re.fullmatch(r"[A-Z][A-Z_.]*", word)]
    arguments = [
        rf" [\fI{_plain(word)}\fR]" if says.startswith("Optional") else rf" \fI{_plain(word)}\fR"
        for word, says in given
    ]
    options = r" [\fIOPTIONS\fR]" if len(words) > len(given) else ""
    return rf"\fB{_plain(path)}\fR{''.join(arguments)}{options}"


def _see_also(names: Iterator[str] | list[str]) -> list[str]:
    pages = [rf"\fB{_plain(name)}\fR(1)" for name in names]
    return [
        *(f"{page}," for page in pages[:-1]),
        pages[-1],
        f".PP\nThe whole reference: {SITE} and the pages beside it.",
    ]


def _body(markdown: str) -> Iterator[str]:
    """Yield the lines of a part of the reference: paragraphs, tables as lists of terms, lists and code."""
    table_head = True
    is_first = True
    for kind, text in _blocks(markdown):
        if kind == "table":
            cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", text.strip().strip("|"))]
            if not table_head:
                yield from (".TP", _inline(cells[0]), _inline(": ".join(filter(None, cells[1:]))))
            table_head = is_first = False
            continue
        table_head = True
        if kind == "code":
            yield from ([".PP"] if not is_first else []) + list(_code(text))
        elif kind == "item":
            yield from (r".IP \(bu 2", _inline(text))
        else:
            yield from ([".PP"] if not is_first else []) + [_inline(text)]
        is_first = False


def _blocks(markdown: str) -> Iterator[tuple[str, str]]:
    """Yield ``table`` (one a row), ``code``, ``item`` and ``text``."""
    lines = iter(markdown.splitlines())
    held: list[str] = []
    for line in lines:
        starts = line.startswith(("|", "```", "- ", "---", "#")) or not line.strip()
        if starts and held:
            kind = "item" if held[0].startswith("- ") else "text"
            yield kind, " ".join(held).removeprefix("- ")
            held = []
        if line.startswith("```"):
            yield "code", "\n".join(iter(lambda: next(lines), "```"))
        elif line.startswith("|"):
            if not re.fullmatch(r"[|\s:-]+", line):
                yield "table", line
        elif line.startswith("#"):
            yield "text", f"**{line.lstrip('# ')}**"
        elif line.strip() and line.strip() != "---":
            held.append(line.strip())
    if held:
        yield "item" if held[0].startswith("- ") else "text", " ".join(held).removeprefix("- ")


def _code(text: str) -> Iterator[str]:
    yield from (".RS 4", ".nf")
    yield from (_plain(line) or r"\&" for line in text.splitlines())
    yield from (".fi", ".RE")


def _inline(markdown: str) -> str:
    """Return a line of text with code and strong words in bold, placeholders as they stand, links by their words."""
    return _guard(_marked(markdown))


def _marked(markdown: str) -> str:
    made, end = [], 0
    for found in _TOKEN.finditer(markdown):
        made.append(_plain(markdown[end : found.start()]))
        _, code, strong, emphasis, link = found.groups()
        if code is not None:
            made.append(rf"\fB{_plain(code.strip())}\fR")
        elif strong is not None:
            made.append(rf"\fB{_plain(strong)}\fR")
        elif emphasis is not None:
            made.append(rf"\fI{_plain(emphasis)}\fR")
        else:
            made.append(_marked(link))
        end = found.end()
    return "".join([*made, _plain(markdown[end:])])


def _plain(text: str) -> str:
    """Return text with what roff would read as its own escaped."""
    return text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("'", r"\(aq").replace("^", r"\(ha").replace("~", r"\(ti")  # fmt: skip


def _guard(line: str) -> str:
    return rf"\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    main()
