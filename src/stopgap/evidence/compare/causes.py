"""Detect the causes of a difference between two findings: goods list, method, vintage, redaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from stopgap.base.errors import StopgapError
from stopgap.evidence.compare.inputs import Codes
from stopgap.evidence.compare.numbers import count
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import PackView

GOODS, METHOD, VINTAGE, ROWS, REDACTION = "goods list", "method", "vintage", "rows", "redaction"
CAUSES = (GOODS, METHOD, VINTAGE, ROWS, REDACTION)
"""Names of causes, in the order in which they are checked and shown."""

SIDES = ("ONE", "OTHER")
"""Names of the two packs in sentences."""

_SHOWN = 8


@dataclass(frozen=True)
class Cause:
    """One cause of a difference.

    ``name`` is one of :data:`CAUSES`; ``says`` states each difference in a sentence, ``details`` in machine-readable
    form.
    """

    name: str
    says: tuple[str, ...]
    details: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the cause as a JSON object."""
        return {"name": self.name, "says": list(self.says), "details": dict(self.details)}


@dataclass(frozen=True)
class Sided:
    """A finding, or an extract of one, together with its pack and its entry there."""

    view: PackView
    item: ItemEntry
    finding: Mapping[str, Any]

    def goods(self) -> Mapping[str, Any] | None:
        """Return the finding's goods list as a document; ``None`` if it is not in the pack."""
        for item in self.view.items("goods"):
            document = self.view.document(item)
            if self.finding["goods"] in (document["name"], *document["called"]):
                return document
        return None


def goods_cause(one: Sided, other: Sided) -> tuple[Cause | None, Codes, Codes]:
    """Return the cause that the goods lists differ (``None`` if they do not), and the codes of each list."""
    versions = (one.finding["goods_version"], other.finding["goods_version"])
    lists = (one.goods(), other.goods())
    first, second = (frozenset(row["code"] for row in found["items"]) if found else frozenset() for found in lists)
    if versions[0] == versions[1]:
        return None, Codes(first, True), Codes(second, True)
    says = [f"the goods lists are {versions[0]} and {versions[1]}"]
    details: dict[str, Any] = {"one": versions[0], "other": versions[1]}
    if None in lists:
        says.append("which codes differ cannot be told: a list is not in its pack")
    else:
        only = sorted(first - second), sorted(second - first)
        details |= {"codes_only_one": only[0], "codes_only_other": only[1]}
        says += [
            f"{count(len(codes), 'code is', 'codes are')} in {side} alone: {_some(codes)}"
            for side, codes in zip(SIDES, only, strict=True)
            if codes
        ]
        if not any(only):
            says.append("their codes are the same; names, groups or revision differ")
    return Cause(GOODS, tuple(says), details), Codes(first), Codes(second)


_FIELDS = {
    "windows.baseline": "the baseline is {0} to {1}",
    "windows.after": "the after-window is {0} to {1}",
    "valuation": "figures are {0}",
    "unit": "the unit is {0}",
    "coverage.level": "goods are measured as {0}",
    "coverage.revision": "the revision is {0}",
    "counterfactual.method": "net figures are made by {0}",
    "counterfactual.reason": "net figures lack something: {0}",
}
_LISTS = {"coverage.sources": "sources", "counterfactual.placebo_targets": "placebo destinations"}
_EPISODE_LISTS = {
    "coalition": "members of the coalition", "hubs": "hubs", "placebo_targets": "placebo destinations",
    "not_ordinary": "lists of goods that are not ordinary", "goods": "goods lists of the episode",
}  # fmt: skip
_EPISODE_TEXTS = ("event", "target", "direction", "baseline", "after", "tests")


@dataclass
class _Found:
    """Collector of differences: sentences, and machine-readable details by name."""

    says: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, one: Any, other: Any, sentence: str) -> None:
        self.details[name] = {"one": one, "other": other}
        self.says.append(sentence)

    def put_lists(self, name: str, called: str, one: Iterable[str], other: Iterable[str]) -> None:
        only = sorted(set(one) - set(other)), sorted(set(other) - set(one))
        parts = [f"{_some(names)} in {side} alone" for side, names in zip(SIDES, only, strict=True) if names]
        self.put(name, *only, f"{called}: {'; '.join(parts) or 'the same in another order'}")


def method_cause(one: Sided, other: Sided) -> Cause | None:
    """Return the cause that software, options, counterfactual or episode differ; ``None`` if they do not."""
    found = _Found()
    first, second = (each.view.evidence["software"] for each in (one, other))
    names = f"{first['name']} {first['version']}", f"{second['name']} {second['version']}"
    if names[0] != names[1]:
        found.put("software", *names, f"{SIDES[0]} was made by {names[0]}, {SIDES[1]} by {names[1]}")
    locks = first["lock_sha256"], second["lock_sha256"]
    if all(locks) and locks[0] != locks[1]:
        found.put("lock_sha256", *locks, "their software was built on other versions of the libraries")
    for path, sentence in _FIELDS.items():
        first, second = _at(one.finding, path), _at(other.finding, path)
        if first != second and not _extracted(path, one, other):
            says = f"{_filled(sentence, first)} in {SIDES[0]}, {_filled(sentence, second)} in {SIDES[1]}"
            found.put(path, first, second, says)
    for path, called in _LISTS.items():
        lists = [_at(each.finding, path) or () for each in (one, other)]
        if set(lists[0]) != set(lists[1]) and not _extracted(path, one, other):
            found.put_lists(path, called, *lists)
    _compare_episodes(episode_of(one.view), episode_of(other.view), found)
    return Cause(METHOD, tuple(found.says), found.details) if found.says else None


def _compare_episodes(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, found: _Found) -> None:
    if one is None or other is None:
        return  # said among what cannot be told
    for name, called in _EPISODE_LISTS.items():
        first, second = one.get(name) or (), other.get(name) or ()
        if first != second:
            lists = [[each] if isinstance(each, str) else list(each) for each in (first, second)]
            found.put_lists(f"episode.{name}", called, *lists)
    for name in _EPISODE_TEXTS:
        first, second = one.get(name), other.get(name)
        if first != second:
            says = f"the episode's {name} is {_flat(first)} in {SIDES[0]}, {_flat(second)} in {SIDES[1]}"
            found.put(f"episode.{name}", first, second, says)


def _extracted(path: str, one: Sided, other: Sided) -> bool:
    """Return whether a side is an extract that lacks a field."""
    return any("numbers" in each.finding and _at(each.finding, path) is None for each in (one, other))


def _at(document: Mapping[str, Any], path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _filled(sentence: str, value: Any) -> str:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return sentence.format(*value) if is_list else sentence.format(value or "nothing")


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items()) or "nothing"
    return str(value) if value else "nothing"


def episode_of(view: PackView) -> Mapping[str, Any] | None:
    """Read the episode file of a pack; ``None`` if it is missing, or not valid YAML."""
    try:
        [item] = view.items("episode")
        document = yaml.safe_load(view.read(f"data/{item['files'][0]}").decode())
    except (ValueError, KeyError, IndexError, yaml.YAMLError):
        return None
    return document if isinstance(document, Mapping) else None


def vintage_cause(one: Sided, other: Sided) -> Cause | None:
    """Return the cause that the findings were computed from different trade files; ``None`` if from the same ones."""
    first, second = (receipts_of(each) for each in (one, other))
    only = [_apart(first, second), _apart(second, first)]
    if not any(only):
        return None
    says = []
    for side, files in zip(SIDES, only, strict=True):
        if files:
            named = [f"{each['source']} {each['file_name']} ({_day(each)})" for each in files]
            number = count(len(files), "file of figures is", "files of figures are")
            says.append(f"{number} in {side} alone: {_some(named)}")
    both = sorted({each["source"] for each in only[0]} & {each["source"] for each in only[1]})
    if both:
        says.append(f"of {_some(both)} both have files, and not the same: another vintage")
    details = {
        "one": one.finding["as_of"], "other": other.finding["as_of"], "files_only_one": only[0], "files_only_other": only[1], "other_vintage_of": both,
    }  # fmt: skip
    return Cause(VINTAGE, tuple(says), details)


def receipts_of(side: Sided) -> dict[str, dict[str, Any]]:
    """Return SHA-256 -> receipt fields of a finding's trade files; empty if the pack has no receipts of it."""
    found = {}
    names = set(side.item["inputs"])
    for item in side.view.items("receipt"):
        if item["id"] in names:
            try:
                document = side.view.document(item)
            except StopgapError:
                continue
            fields = ("sha256", "source", "file_name", "retrieved", "published", "vintage", "rows_loaded")
            found[str(document["sha256"])] = {name: document[name] for name in fields}
    return found


def _apart(one: Mapping[str, dict[str, Any]], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [receipt for sha256, receipt in one.items() if sha256 not in other]
    return sorted(found, key=lambda each: (each["source"], each["file_name"], each["sha256"]))


def _day(receipt: Mapping[str, Any]) -> str:
    if receipt["published"]:
        return f"published {receipt['published']}"
    return f"taken {receipt['retrieved']}" if receipt["retrieved"] else f"vintage {receipt['vintage']}"


def redaction_cause(one: PackView, other: PackView) -> Cause | None:
    """Return the cause that a pack withholds items, with their counts; ``None`` if neither pack withholds any."""
    left = one.evidence["left_out"], other.evidence["left_out"]
    says = []
    for side, entries in zip(SIDES, left, strict=True):
        named = [f"{each['count']} of kind {each['kind']} ({each['reason']})" for each in entries]
        if named:
            says.append(f"{side} leaves out {_some(named)}")
    return Cause(REDACTION, tuple(says), {"one": left[0], "other": left[1]}) if says else None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
