"""Goods lists: versioned, hashed sets of HS codes, from the package or from a user's file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stopgap.base.errors import GoodsError, NotFoundError
from stopgap.base.near_names import did_you_mean
from stopgap.base.paths import is_path_text
from stopgap.base.read_ledger import SUBJECT, Read, record
from stopgap.codes.code_text import is_code_text, read_codes
from stopgap.codes.commodities import BASKET, describe_code, is_code, is_composite, subheadings
from stopgap.codes.concordance import CodeShare, Step, links, sources_of
from stopgap.codes.files import GOODS_LISTS
from stopgap.codes.goods_file import FileItem, FileUnstable, GoodsFile, read_goods_file

AS_REPORTED = "HS"
# A counterpart that takes less of a code's value than this is a footnote of the
# nomenclature, not a part of the list: HS2017 put a trace of 150 codes into 8542.31.
LEAST_SHARE = 0.05
FILE_SUFFIXES = (".yml", ".yaml", ".csv")
AS_WRITTEN = "codes"
"""Version of a list made of codes that were written in its place."""


@dataclass(frozen=True, slots=True)
class GoodsItem:
    """One code of a goods list; it covers every code that begins with it."""

    code: str
    description: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class UnstableCode:
    """A code whose content changed between two HS revisions, so that figures before and after do not compare.

    ``code`` (a heading or subheading) is written in either revision. A code that the list itself does not
    name is left out always, and shown in the figures of the full list only.
    """

    code: str
    from_revision: str
    to_revision: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Return the entry with the field names of a goods file."""
        return {"code": self.code, "from": self.from_revision, "to": self.to_revision, "reason": self.reason}


@dataclass(frozen=True)
class GoodsList:
    """A list of codes of one HS revision, identified by version and hash.

    The hash covers name, version, revision, codes, groups and unstable codes with their revisions;
    descriptions, reasons, notes and the order of the file do not affect it.
    """

    name: str
    version: str
    title: str
    revision: str
    items: tuple[GoodsItem, ...]
    source: str
    terms: str
    note: str
    sha256: str
    unstable: tuple[UnstableCode, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in the order of the list."""
        return tuple(item.code for item in self.items)

    @property
    def version_id(self) -> str:
        """Version and the first twelve digits of the hash, stored as ``goods_version`` of a finding."""
        return f"{self.version}+{self.sha256[:12]}"


NO_LISTS: Mapping[str, GoodsList] = MappingProxyType({})


def goods_document(goods: GoodsList) -> dict[str, Any]:
    """Return a list as a JSON document, which :func:`goods_from` converts back to the same list."""
    unstable = [entry.as_dict() for entry in goods.unstable]
    return {**asdict(goods), "unstable": unstable, "version_id": goods.version_id}


def unstable_from(entries: Iterable[Mapping[str, Any]]) -> tuple[UnstableCode, ...]:
    """Convert entries with the fields of a goods file; KeyError or TypeError where one lacks a field."""
    return tuple(
        UnstableCode(str(each["code"]), str(each["from"]), str(each["to"]), str(each["reason"])) for each in entries
    )


def goods_from(document: Mapping[str, Any], *, where: str) -> GoodsList:
    """Read a list from its JSON document.

    Raises:
        GoodsError: A field is missing or not text, or the codes do not match the hash.
    """
    fix = "take the file as it was written"
    try:
        items = tuple(
            GoodsItem(str(item["code"]), str(item["description"]), str(item["group"])) for item in document["items"]
        )
        unstable = unstable_from(document.get("unstable") or ())  # absent where written before lists had any
        texts = {name: document[name] for name in ("name", "version", "title", "revision", "source", "terms", "note")}
    except (KeyError, TypeError, AttributeError) as error:
        raise GoodsError(f"the goods list lacks {error}", where=where, fix=fix) from error
    if not all(isinstance(text, str) for text in texts.values()):
        raise GoodsError("a field of the goods list is not text", where=where, fix=fix)
    sha256 = _digest(texts["name"], texts["version"], texts["revision"], items, unstable)
    if sha256 != document.get("sha256"):
        raise GoodsError("the codes of the goods list are not those of its hash", where=where, fix=fix)
    return GoodsList(items=items, sha256=sha256, unstable=unstable, **texts)


def goods_names() -> list[str]:
    """Return the names of the lists in the package, sorted."""
    return sorted(path.stem for path in GOODS_LISTS.glob("*.yml"))


def load_goods(name_or_path: str, given: Mapping[str, GoodsList] = NO_LISTS) -> GoodsList:
    """Load a goods list by its name in the package, from a file (YAML, or CSV with ``code,description``), or by codes.

    A name that is defined as another list (``propellants``) gives that list. ``given`` are lists by name
    that take precedence over the package's, such as those from an evidence pack. Codes with commas between
    (``8542,845710``, ``HS2017:854231``) are a list of their own.

    Raises:
        NotFoundError: No list has the name, or there is no such file.
        GoodsError: The file is invalid, or a code is unknown.
    """
    found = given.get(name_or_path)
    if found is None and is_code_text(name_or_path):
        found = goods_of_codes(name_or_path)
    if found is None:
        found = check_goods(name_or_path) if is_path_text(name_or_path) else _packaged(name_or_path.strip().lower())
    record([Read(SUBJECT, name=f"goods:{found.name}")])
    return found


def goods_of_codes(text: str) -> GoodsList:
    """Make a list of codes written in a text, named by revision and codes; errors as :func:`read_codes`."""
    read = read_codes(text)
    items = tuple(GoodsItem(code, describe_code(code, read.revision) or "") for code in read.codes)
    return GoodsList(
        name=read.name,
        version=AS_WRITTEN,
        title=f"HS {', '.join(read.codes)}" + (f" ({_short(items[0].description)})" if len(items) == 1 else ""),
        revision=read.revision,
        items=items,
        source="codes as they were asked for",
        terms="",
        note=read.note,
        sha256=_digest(read.name, AS_WRITTEN, read.revision, items, ()),
    )


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip(' ;,')}…"


def check_goods(path: str | Path) -> GoodsList:
    """Read a goods list from a file, validating every code against its revision; errors as :func:`read_goods_file`."""
    return _resolved(read_goods_file(Path(path), check_codes=True))


@lru_cache(maxsize=256)
def goods_in_revision(goods: GoodsList, revision: str) -> tuple[Mapping[str, GoodsItem], tuple[str, ...]]:
    """Convert a list's codes to another HS revision.

    Chapters stay chapters and headings headings where the revision has them; a
    subheading, or a part of a heading that moved out of it, becomes its HS6
    counterparts, except those that get less than ``LEAST_SHARE`` of a
    code's value. ``HS`` (as reported, revision not stated) leaves the codes unchanged.

    Returns:
        A mapping from code in the revision to item, and the list's codes without a counterpart.

    Raises:
        UsageError: The revision is not in the package.
    """
    if revision in (goods.revision, AS_REPORTED):
        return MappingProxyType({item.code: item for item in goods.items}), ()
    ahead = links(goods.revision, revision)
    found: dict[str, GoodsItem] = {}
    lost: list[str] = []
    for item in goods.items:
        targets = _targets(item.code, goods.revision, revision, ahead)
        if not targets:
            lost.append(item.code)
        for target in targets:
            if item_among(found, target) is None:
                words = describe_code(target, revision) or item.description
                found[target] = item if target == item.code else GoodsItem(target, words, item.group)
    return MappingProxyType(found), tuple(lost)


def _targets(code: str, own: str, revision: str, ahead: Step) -> list[str]:
    if len(code) > 4:
        return [link.good for link in _main(ahead, code[:6])]
    if len(code) == 2:
        return [code] if subheadings(code, revision) else []
    kept = [code] if subheadings(code, revision) else []
    moved = {link.good for child in subheadings(code, own) for link in _main(ahead, child)}
    return kept + sorted(good for good in moved if not kept or not good.startswith(code))


def _main(step: Step, code: str) -> list[CodeShare]:
    ways = step.get(code, ())
    greatest = max((way.weight for way in ways), default=0.0)
    return [way for way in ways if way.weight >= min(LEAST_SHARE, greatest)]


@lru_cache(maxsize=4096)
def _main_sources(good: str, own: str, revision: str) -> frozenset[str]:
    """Return the codes of one revision that have a code of another as one of their main counterparts."""
    ahead = links(own, revision)
    return frozenset(
        source for source in sources_of(good, own, revision) if any(way.good == good for way in _main(ahead, source))
    )


@lru_cache(maxsize=256)
def is_broader_in(goods: GoodsList, revision: str) -> bool:
    """Whether some counterpart of a list's codes in another HS revision also covers goods that the list does not name.

    Raises:
        UsageError: The revision is not in the package.
    """
    if revision in (goods.revision, AS_REPORTED):
        return False
    listed = {item.code: item for item in goods.items}
    back = links(revision, goods.revision)
    for code in goods_in_revision(goods, revision)[0]:
        if len(code) == 2:
            continue
        for target in subheadings(code, revision):
            ways = _main(back, target)
            related = _main_sources(target, goods.revision, revision) | {way.good for way in ways}
            if any(item_among(listed, source) is None for source in related):
                return True
            # One counterpart, yet estimated: a part belongs to codes that the table does not weigh.
            if len(back.get(target, ())) == 1 and ways[0].is_estimated:
                return True
    return False


def composite_codes(good: str) -> tuple[str, ...]:
    """Return the codes that a composite sums; a simple code alone. NotFoundError where a basket, or its prefix, is unknown."""
    if good.startswith(BASKET):
        return load_goods(good.removeprefix(BASKET)).codes
    if ":" in good:
        fix = f"a basket is written {BASKET}NAME, codes of a revision HS2017:8542"
        raise NotFoundError(f"no goods are called {good!r}", where="goods", fix=fix)
    return tuple(part.strip() for part in good.split("+"))


def item_among(items: Mapping[str, GoodsItem], good: str) -> GoodsItem | None:
    """Find the item that covers a good: the one with the longest code that the good begins with; ``None`` if none.

    ``items`` are keyed by code. A composite is covered when all its codes are; the item is that of its first code.
    """
    if is_composite(good):
        parts = [item_among(items, code) for code in composite_codes(good)]
        return None if None in parts else parts[0]
    for end in range(len(good), 1, -1):
        if good[:end] in items:
            return items[good[:end]]
    return None


@cache
def _packaged(name: str) -> GoodsList:
    path = GOODS_LISTS / f"{name}.yml"
    # The name reaches the file system only when it is one of the package's.
    if name not in goods_names():
        hint = did_you_mean(name, goods_names()) or "'stopgap goods' shows the names."
        fix = f"{hint} A file is given by its path, ending in .yml or .csv; codes with commas between: 8542,845710"
        raise NotFoundError(f"no goods list is called {name!r}", where="goods lists", fix=fix)
    return _resolved(read_goods_file(path, check_codes=False))


def _resolved(content: GoodsFile) -> GoodsList:
    if content.same_as:
        meant = _packaged(content.same_as)
        return replace(meant, note=f"{content.note} {meant.note}".strip())
    return GoodsList(
        name=content.name,
        version=content.version,
        title=content.title,
        revision=content.revision,
        items=tuple(
            GoodsItem(item.code, item.description or describe_code(item.code, content.revision) or "", item.group)
            for item in content.items
        ),
        source=content.source,
        terms=content.terms,
        note=content.note,
        sha256=_digest(content.name, content.version, content.revision, content.items, content.unstable),
        unstable=tuple(
            UnstableCode(entry.code, entry.from_revision, entry.to_revision, entry.reason) for entry in content.unstable
        ),
    )


def _digest(
    name: str,
    version: str,
    revision: str,
    items: Sequence[FileItem | GoodsItem],
    unstable: Sequence[FileUnstable | UnstableCode],
) -> str:
    codes = sorted([item.code, item.group] for item in items)
    canonical: dict[str, object] = {"name": name, "version": version, "revision": revision, "codes": codes}
    if unstable:  # lists without any keep the hash that they had before lists could name them
        canonical["unstable"] = sorted([entry.code, entry.from_revision, entry.to_revision] for entry in unstable)
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def is_known(good: str, revision: str) -> bool:
    """Whether a revision has a good; for a composite, all its codes. Errors and codes below HS6 as :func:`is_code`."""
    if is_composite(good):
        return all(is_known(code, revision) for code in composite_codes(good))
    return is_code(good, revision)


def describe(good: str, revision: str) -> str | None:
    """Return the description of a good as :func:`describe_code` does; for a composite, those of its codes, joined."""
    if is_composite(good):
        parts = [describe(code, revision) for code in composite_codes(good)]
        return None if None in parts else "; ".join(f"{part}" for part in parts)
    return describe_code(good, revision)
