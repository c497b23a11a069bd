"""Reads Japan's designated entities from the text of the METI document: numbered, in Japanese and English.

Entries are found by their running number, which may also stand at the end of a line of the previous entry, as it
sometimes does in the document's text. A missing number is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading, Told
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.lists.base import Edition, ListSource
from stopgap.sources.lists.cells import opened_text
from stopgap.sources.lists.columns import Property
from stopgap.sources.lists.entries import ListEntry, tidy

PLACE = "所在地："
HYPHENS = ("-", "‐", "−", "—", "–", "・", "ー")
"""Characters that introduce an alias."""
_JAPANESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uff9f]")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_START = re.compile(r"^\s*([0-9０-９]{1,4})[ \u3000]+(\S.*)$")
_UPDATED = re.compile(r"最終更新日[:：]\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_AKA = re.compile(
    r",? *\(?(?:a\.k\.a\.?|also known as),?\s*(?:(?:the ?)?follow(?:ing)? \w+ ?\w* ?alias(?:es)?:)?(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_FKA = re.compile(r"f\.k\.a\.?|formerly", re.IGNORECASE)
_SPACED_PLACE = re.compile(r"所\s*在\s*地\s*[：:]")
_PARTS = re.compile(r"(?:、|､|及び|並びに|;|；| and (?=[A-Z]))(?![^（]*）)")
_GLUED = re.compile(r"[;；]\s*(?:and\s*)?[-‐−—–](?=\S)|; and[-‐−—–]")
_SHORT_FORM = re.compile(
    r"\b(?:Ltd|Co|Inc|Corp|LLC|S\.A|S\.A\.S|Pte|Pvt|Bhd|Sti|A\.S|Gmbh|B\.V|O|Ent)\.$", re.IGNORECASE
)
_SPLIT_PLACE = re.compile(r";\s*(?:and\s+)?")
LISTS = (("以外の国の", "jp-meti-third"), ("第三国", "jp-meti-third"), ("ロシア連邦の", "jp-meti-russia"), ("ベラルーシ", "jp-meti-belarus"))  # fmt: skip


@dataclass(slots=True)
class _Item:
    number: int
    line: int
    lines: list[str] = field(default_factory=list)


class JpMeti(ListSource):
    """List format: Japan's lists of entities to which exports are banned."""

    name = "jp-meti"
    title = "Japan's designated entities, text of the METI document (pdftotext)"
    how = "meti.go.jp, entities designated in Russia, Belarus and third countries: text of the PDF"
    terms = "Government of Japan Standard Terms of Use 2.0"
    parser = "jp-meti/1"

    def recognises(self, head: FileHead) -> bool:
        return head.container == "text" and PLACE in head.text and "団体" in head.text[:600]

    def edition(self, head: FileHead, told: Told) -> Edition:
        """Return the list name, by the country of its entities, and the day of the document's last update."""
        start = head.text.split(PLACE, 1)[0]
        otherwise = next((name for words, name in LISTS if words in re.sub(r"\s", "", start)), "jp-meti")
        day = _UPDATED.search(start)
        date = f"{int(day[1]):04}-{int(day[2]):02}-{int(day[3]):02}" if day else None
        return Edition(told.list or otherwise, list_date=date)

    def entries(self, reading: Reading, edition: Edition) -> Iterator[ListEntry]:
        """Yield one entry per number; InputError where the last one has no address (the text is cut off)."""
        with opened_text(reading) as text:
            items = list(_items(text, reading.name))
        in_russia = edition.family == LISTS[2][1]
        for item in items:
            entry = _entry(item, edition)
            if in_russia:
                entry.country("RUS")
            yield entry
        if items and PLACE not in "".join(items[-1].lines):
            raise InputError(
                f"the list breaks off in entry {items[-1].number}, which has no place",
                where=f"{reading.name}, line {items[-1].line}",
                fix="take the text of the whole document again; the list before stays in force",
            )


def _items(lines: Iterator[str] | list[str], name: str) -> Iterator[_Item]:
    """Yield the numbered items of the text, in order; InputError where a number is missing."""
    item: _Item | None = None
    wanted = 1
    for line, raw in enumerate(lines, start=1):
        rest = raw.rstrip("\r\n\f")
        match = _START.match(rest)
        if match and _JAPANESE.search(match[2]) and PLACE not in match[2]:
            number = int(match[1].translate(_WIDE))
            if number == wanted:
                if item is not None:
                    yield item
                item, wanted, rest = _Item(number, line), wanted + 1, match[2]
            elif wanted < number < wanted + 500 and item is not None:
                raise InputError(
                    f"entry {wanted} is left out: entry {number} follows {wanted - 1}",
                    where=f"{name}, line {line}",
                    fix="take the text of the whole document again; the list before stays in force",
                )
        if item is None:
            continue
        # An entry can begin at the end of the line before: "Russia.560 アルファ".
        inner = re.search(rf"(?<![\d-]){wanted} (?=[^,]{{0,20}}?[\u3040-\u30ff\u3400-\u9fff])", rest)
        if inner:
            item.lines.append(rest[: inner.start()])
            yield item
            item, wanted, rest = _Item(wanted, line), wanted + 1, rest[inner.end() :]
        item.lines.append(rest)
    if item is not None:
        yield item


def _entry(item: _Item, edition: Edition) -> ListEntry:
    entry = ListEntry(str(item.number), "LegalEntity", edition.doubts, row=item.line)
    names, _, place = _SPACED_PLACE.sub(PLACE, "\n".join(item.lines)).partition(PLACE)
    title, english = _parted(names.split("\n"))
    _read_english(entry, english)
    _read_title(entry, title)
    entry.need_name()
    for address in _SPLIT_PLACE.split(" ".join(place.split("\n"))):
        entry.address(re.sub(r"\.$", "", tidy(address)))
    return entry


def _parted(lines: list[str]) -> tuple[str, list[str]]:
    """Split the lines of an entry into the Japanese title, joined, and the lines after it."""
    title: list[str] = []
    open_brackets = 0
    for place, line in enumerate(lines):
        glued = re.search(
            r"(?<=[）」])\s*(?=[A-Za-z][^\u3000-\u9fff]*a\.k\.a|[A-Z]\w+ [^\u3000-\u9fff]{20,}$)", line.rstrip()
        )
        if glued:
            return "".join([*title, line[: glued.start()]]), [line[glued.end() :], *lines[place + 1 :]]
        if not _JAPANESE.search(line) and not open_brackets:
            return "".join(title), lines[place:]
        title.append(line.strip() if _JAPANESE.search(line) else f" {line.strip()}")
        open_brackets += line.count("（") - line.count("）")
        open_brackets = max(open_brackets, 0)
    return "".join(title), []


def _read_title(entry: ListEntry, title: str) -> None:
    """Add the Japanese name; names in brackets are added as aliases or previous names."""
    own, brackets = _bracketed(title)
    for inside in brackets:
        kind = Property.PREVIOUS_NAME if inside.startswith("旧") else Property.ALIAS
        called = re.match(r"(?:別称|旧称|旧名称)[、：:]?", inside)
        parts = _PARTS.split(inside[called.end() :]) if called else [inside]
        entry.names(parts, kind)
    entry.name(own, Property.ALIAS if entry.is_named else Property.NAME)


def _bracketed(title: str) -> tuple[str, list[str]]:
    """Return the text outside brackets, and the text inside each outermost pair."""
    outside: list[str] = []
    inside: list[str] = []
    depth = 0
    for letter in title.replace("(別称", "（別称"):
        if letter == "（":
            depth += 1
            if depth == 1:
                inside.append("")
                continue
        elif letter == "）" or (letter == ")" and depth == 1 and "(" not in inside[-1]):
            depth = max(depth - 1, 0)
            if depth == 0:
                continue
        if depth:
            inside[-1] += letter
        else:
            outside.append(letter)
    return "".join(outside), inside


def _read_english(entry: ListEntry, lines: list[str]) -> None:
    """Add the English name and the aliases, each of which follows a hyphen or 別称."""
    own: list[str] = []
    aliases: list[str] = []
    is_plain = False
    kind = Property.ALIAS
    for line in lines:
        text = line.strip()
        if text.startswith("別称：") or is_plain:
            is_plain = True
            entry.names(_PARTS.split(text.removeprefix("別称：")), Property.ALIAS)
        elif text.startswith(HYPHENS) and (own or aliases):
            aliases.append(text.lstrip("".join(HYPHENS) + " "))
        elif aliases and text:
            aliases[-1] += f" {text}"
        else:
            own.append(text)
    heading = tidy(" ".join(own))
    name = tidy(_AKA.sub("", heading))
    known_as = _AKA.search(heading)
    if known_as is not None and known_as["rest"].strip(" )"):  # an alias in the line of the heading
        aliases.insert(0, known_as["rest"].strip("".join(HYPHENS) + " )"))
    if _FKA.search(heading) and not re.search(r"a\.k\.a", heading, re.IGNORECASE):
        name, kind = tidy(re.sub(r",? *\(?f\.k\.a\.?,?.*$", "", heading, flags=re.IGNORECASE)), Property.PREVIOUS_NAME  # fmt: skip
    entry.name(name)
    entry.names((_ended(one) for alias in aliases for one in _GLUED.split(alias)), kind)


def _ended(alias: str) -> str:
    """Return an alias without the punctuation or ``and`` that separates it from the next; ``Ltd.`` keeps its dot."""
    text = re.sub(r";(?: and)?$|[;,] and$", "", tidy(alias)).strip()
    return text if _SHORT_FORM.search(text) else text.removesuffix(".")
