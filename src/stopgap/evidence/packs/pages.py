"""Rebuild a pack's pages from its data and compare them byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import yaml

from stopgap.base.spreadsheets import csv_text
from stopgap.evidence.archives.reading import Archive
from stopgap.evidence.checks import NOT_TRUSTED, PAGES, PackCheck, checked, quoted
from stopgap.evidence.packs.bag import INFO, Digest, tag_files
from stopgap.evidence.packs.crate import CRATE_FILE, crate_metadata
from stopgap.evidence.packs.documents import ItemEntry, NumbersDocument, finding_title, is_same_software, read_as
from stopgap.evidence.packs.members import FileTrust, member_of
from stopgap.evidence.packs.numbers import REPORTED, ROWS, PackNumber, finding_script, numbers_table
from stopgap.evidence.packs.pack_format import bag_info
from stopgap.evidence.packs.recompute import Kitchen, numbers_of
from stopgap.evidence.packs.view import PAYLOAD, PackView

PAGE = "index.html"
_BY_CONTAINER = frozenset({"bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"})
"""Files compared by the container checks, which derive them from the other files alone."""


@dataclass(frozen=True)
class Pages:
    """Result of rebuilding the pages of a pack and comparing them.

    Attributes:
        same: Files identical to those rebuilt from the pack's data.
        faults: Files that differ, are missing, or cannot be derived from the data, one line each.
        uncompared: Such files in a pack made by another version of Stopgap, in which they may be correct.
    """

    same: tuple[str, ...]
    faults: tuple[str, ...]
    uncompared: tuple[str, ...] = ()

    def check(self, made_by: str) -> PackCheck:
        """Return the result of the check ``pages``; if files could not be compared, it neither holds nor fails."""
        if not self.uncompared:
            return checked(PAGES, self.faults, f"{len(self.same)} files are what the pack's data give")
        says = (
            f"{NOT_TRUSTED}: made by another version of Stopgap ({made_by}), {len(self.uncompared)} files are not what this one "
            f"makes from the data and cannot be compared, first {quoted(self.uncompared[0])}"
        )
        return PackCheck(PAGES, False, says, tuple(map(quoted, self.uncompared[:50])), ran=False)


def pages_of(view: PackView, archive: Archive) -> Pages:
    """Rebuild and compare every page of a pack, whose signature must be verified because its data are rendered."""
    same, different = [], {}
    expected = set()
    for name, make in _makers(view, archive):
        expected.add(name)
        fault = _compared(view, name, make)
        if fault is None:
            same.append(name)
        else:
            different[name] = f"{quoted(name)} {fault}"
    for name in view.names:
        member = member_of(name)
        if name in expected | _BY_CONTAINER or member is None or member.known is not FileTrust.MADE_AGAIN:
            continue
        different[name] = f"{quoted(name)} follows from nothing in the pack"
    if is_same_software(view.evidence):
        return Pages(tuple(same), (*different.values(), *_contents(view)))
    return Pages(tuple(same), (), tuple(different))


def page_again(view: PackView) -> bytes:
    """Rebuild a pack's ``index.html`` from its data."""
    from stopgap.briefs.pack_page import pack_page

    return pack_page(view.evidence, _Files(view)).encode()


Make = Callable[[], bytes]


def _compared(view: PackView, name: str, make: Make) -> str | None:
    """Return the fault of a file; ``None`` if it is identical to the one rebuilt."""
    if name not in view.names:
        return "is missing"
    try:
        made = make()
    except Exception as error:  # the data are another's: whatever a renderer stumbles over is their fault
        return f"cannot be made again: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return None if made == view.read(name) else "is not what the pack's data give"


def _makers(view: PackView, archive: Archive) -> Iterator[tuple[str, Make]]:
    """Yield the name of each file derived from others, and the function that rebuilds it."""
    day, info = view.evidence["made_at"][:10], bag_info(view.evidence)
    yield INFO, lambda: tag_files(_digests(archive), day=day, info=info)[INFO]
    yield PAYLOAD + CRATE_FILE, lambda: crate_metadata(view.evidence, _digests(archive, without=CRATE_FILE))
    yield PAYLOAD + PAGE, partial(page_again, view)
    kitchen = Kitchen(view)
    for item in view.items():
        for path in item["files"]:
            folder = path.partition("/")[0]
            if folder == "rows" and path.endswith(".parquet"):
                yield PAYLOAD + _beside(path, ".csv"), partial(_rows_csv, view, path)
            elif folder == "numbers" and path.endswith(".json"):
                yield PAYLOAD + _beside(path, ".csv"), partial(_numbers_csv, view, path)
            elif folder == "findings" and kitchen.has_recipe:
                yield PAYLOAD + f"sql/{_beside(path, '.sql').partition('/')[2]}", partial(_script, kitchen, item)
            elif folder == "episode":
                yield PAYLOAD + path, partial(_episode, kitchen, view, item)
            elif folder == "brief" and path.endswith(".json"):
                yield from _brief(view, item, path)


def _beside(path: str, ending: str) -> str:
    return path[: path.rindex(".")] + ending


def _digests(archive: Archive, *, without: str = "") -> dict[str, Digest]:
    names = [name for name in archive.names if name.startswith(PAYLOAD) and name != PAYLOAD + without]
    return {name[len(PAYLOAD) :]: Digest(archive.size(name), archive.sha256(name)) for name in names}


def _rows_csv(view: PackView, path: str) -> bytes:
    return csv_text(view.table(path)).encode()


def _numbers_csv(view: PackView, path: str) -> bytes:
    return csv_text(numbers_table(read_as(NumbersDocument, view.json_file(path), where=path))).encode()


def _script(kitchen: Kitchen, item: ItemEntry) -> bytes:
    view = kitchen.view
    finding = view.document(item)
    figures = [PackNumber(**each) for each in numbers_of(view, item)[1]["numbers"]]
    run = kitchen.runs[kitchen.recipe["cells"][finding["finding_id"]]]
    views = {ROWS: kitchen.rows_file(ROWS), REPORTED: kitchen.rows_file(REPORTED), **run.tables}
    return finding_script(finding, figures, run, views, view.marking_of(item)).encode()


def _episode(kitchen: Kitchen, view: PackView, item: ItemEntry) -> bytes:
    from stopgap.panel.episodes import episode_text

    return episode_text(kitchen.episode, view.marking_of(item)).encode()


def _brief(view: PackView, item: ItemEntry, path: str) -> Iterator[tuple[str, Make]]:
    """Yield each format of a brief, and the function that rebuilds it; the brief is rendered only once."""
    from stopgap.evidence.packs.briefs import FORMS, brief_forms, brief_from

    @cache
    def drawn() -> dict[str, bytes]:
        return brief_forms(brief_from(view.json_file(path), view.marking_of(item)))

    for ending in FORMS:
        yield PAYLOAD + _beside(path, f".{ending}"), partial(lambda each: drawn()[each], ending)


def _contents(view: PackView) -> Iterator[str]:
    """Yield contradictions: titles (shown on the page) and briefs that differ from the data, releases of no item."""
    releases = [item["release"] for item in view.items() if item["release"] is not None]
    if sorted(releases, key=str) != sorted(view.evidence["releases"], key=str):
        yield "the releases in evidence.json are not those of its items"
    for item in view.items("brief"):
        yield from _brief_contents(view, item)
    for item in view.items():
        title = _title(view, item)
        if title is not None and item["title"] != title:
            yield f"the title of {quoted(item['id'])} is {quoted(item['title'])}; its document gives {quoted(title)}"


def _brief_contents(view: PackView, item: ItemEntry) -> Iterator[str]:
    """Yield where a brief's data contradict the pack's findings, verdicts, companies, vintage or source files."""
    from stopgap.evidence.packs.briefs import brief_from

    try:
        model = brief_from(view.document(item), view.marking_of(item))
    except (ValueError, TypeError) as error:
        yield f"what the brief is made from cannot be read: {type(error).__name__}"
        return
    told = {each.finding_id: each.as_dict() for each in (model.headline, *model.others)}
    held = {each["id"].removeprefix("finding:"): _unmarked(view, each) for each in view.items("finding")}
    if set(told) != set(held):
        yield "the brief is of other findings than those of the pack"
    for name in sorted(set(told) & set(held)):
        if told[name] != held[name]:
            yield f"the brief says of {quoted(name)} something else than the finding"
    verdicts = {each["claim_id"]: each for each in map(view.document, view.items("verdict"))}
    for note in model.statements:
        verdict = verdicts.get(note.claim_id, {})
        if any(verdict.get(field) != getattr(note, field) for field in ("verdict", "because", "title")):
            yield f"the brief says of the statement {quoted(note.claim_id)} something else than its verdict"
    for found in view.items("exposure"):
        if model.exposure is None or model.exposure.as_dict() != _unmarked(view, found):
            yield "the brief says something else of companies than the pack"
    files = {each["id"].removeprefix("receipt:").partition("@")[0] for each in view.items("receipt")}
    if {note.receipt for note in model.sources} - files or model.as_of != view.evidence["as_of"]:
        yield "the brief names another vintage, or files that are not behind the pack"


def _unmarked(view: PackView, item: ItemEntry) -> dict[str, Any]:
    return {field: value for field, value in view.document(item).items() if field != "marking"}


def _title(view: PackView, item: ItemEntry) -> str | None:
    """Return the title derived from an item's document; ``None`` if its maker chose it freely."""
    try:
        if item["kind"] == "episode":
            return str(yaml.safe_load(view.read(PAYLOAD + item["files"][0]))["title"])
        document = view.document(item)
        match item["kind"]:
            case "finding":
                return finding_title(document.get("loss_kind"), document["goods"])
            case "verdict":
                return f"{document['verdict']}: {document['title']}"
            case "claim" | "goods" | "brief":
                return str(document["title"])
            case "receipt":
                return f"{document['source']}: {document['file_name']}"
            case "exposure":
                return f"Companies that declarations name, {document['goods']}"
            case "decision":
                return f"{document['as']}: alert {document['alert']}"
    except (KeyError, TypeError, IndexError, ValueError, yaml.YAMLError):
        return ""
    return None


class _Files(Mapping[str, bytes]):
    """Payload files of a pack by path, without ``index.html``: the input for rendering that page again."""

    def __init__(self, view: PackView) -> None:
        self._view = view
        self._names = [name for name in view.files() if name != PAGE]

    def __getitem__(self, path: str) -> bytes:
        if path not in self._names:
            raise KeyError(path)
        return self._view.read(PAYLOAD + path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
