"""Read and write episodes: YAML files that state who suspended which trade with whom, and when.

Errors name the line and the field.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from stopgap.base import strict_yaml
from stopgap.base.documents import yaml_text
from stopgap.base.errors import EpisodeError, NotFoundError, StopgapError
from stopgap.base.marking import Marking
from stopgap.base.near_names import did_you_mean
from stopgap.base.paths import exists, is_path_text, is_regular_file, no_file
from stopgap.base.read_ledger import SUBJECT, Read, record
from stopgap.base.vocab import Direction, EpisodeRole
from stopgap.codes import goods as goods_lists
from stopgap.codes.areas import areas, find_area
from stopgap.codes.groups import expand, group_names
from stopgap.panel.measures_table import MeasureRow, load_measures, measures_document, read_row
from stopgap.panel.period_text import FORMS, did_you_mean_span, months_of, span_of

_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_REQUIRED = ("name", "title", "target", "direction", "event", "coalition", "goods")
_OPTIONAL = (
    "baseline", "after", "hubs", "placebo_targets", "not_ordinary", "tests", "needs", "note", "role", "measures", "regimes",
)  # fmt: skip
_FIELDS = dict.fromkeys(_REQUIRED, True) | dict.fromkeys(_OPTIONAL, False)
FILE_SUFFIXES = (".yml", ".yaml")
TEST_FAMILIES = ("supplier", "supplier-group", "supplier-good")


@dataclass(frozen=True)
class DeclaredTests:
    """Statistical tests that an episode declares before any result is seen."""

    family: str = TEST_FAMILIES[0]  # what a cell is: supplier, supplier-group (of the goods list) or supplier-good
    fdr: float = 0.10  # false discovery rate held within the family


@dataclass(frozen=True)
class Window:
    """First and last month, both inclusive; ``None`` if the episode leaves that end open."""

    first: str | None
    last: str | None


@dataclass(frozen=True)
class Episode:
    """A suspension of trade: coalition, target, goods, event month and windows.

    Attributes:
        placebo_targets: Destinations that the target is compared with; ``None`` (``auto``) takes every one with
            enough trade.
        not_ordinary: Goods lists besides ``goods`` whose codes cannot be controls: they were
            sanctioned too, but are not measured.
        lists: Goods lists embedded in the episode, by the names it gives them.
    """

    name: str
    title: str  # one line for readers
    target: str  # economy trade with which was suspended (ISO3)
    direction: Direction
    event: str  # month of the event (YYYY-MM)
    coalition: tuple[str, ...]  # entries as written: groups and economies
    goods: tuple[str, ...]  # names or paths of goods lists; the first is the default
    baseline: Window  # baseline window; open ends are derived from the event
    after: Window  # after-window; open ends are derived from the data
    min_months: int  # months of baseline that a derived window must have
    hubs: tuple[str, ...]  # suppliers through which coalition goods may pass
    placebo_targets: tuple[str, ...] | None
    not_ordinary: tuple[str, ...]
    needs: str  # which data it needs, for lakes that lack them
    note: str
    path: str | None  # file it was read from, None for a built-in one
    tests: DeclaredTests = DeclaredTests()  # family and rate of the tests of single cells
    role: EpisodeRole = EpisodeRole.SUPPLIERS_TO_TARGET  # who backfills
    measures: tuple[MeasureRow, ...] = field(default=(), repr=False, hash=False)  # goods put under a measure, and when
    regimes: tuple[
        dt.date, ...
    ] = ()  # days on which the measures changed, ascending; also given apart before and after
    lists: Mapping[str, goods_lists.GoodsList] = field(default_factory=dict, compare=False, repr=False, hash=False)

    def goods_list(self, name: str) -> goods_lists.GoodsList:
        """Load a goods list by name or path; a list embedded in the episode takes precedence.

        Raises:
            NotFoundError: No list has the name.
            GoodsError: The file is not a valid goods list.
        """
        return goods_lists.load_goods(name, self.lists)

    def members(self) -> dict[str, str | None]:
        """Return the economies of the coalition, each with the group it belongs to (``None`` if named itself).

        Groups are expanded as of the start of the after-window: a coalition forms over weeks,
        and economies that joined before the window are included.
        """
        return expand(self.coalition, on=month_start(self.after.first or add_months(self.event, 1)))


def month_start(month: str) -> dt.date:
    """Return the first day of a month ``YYYY-MM``."""
    return dt.date(int(month[:4]), int(month[5:7]), 1)


def add_months(month: str, count: int) -> str:
    """Return the month ``count`` months later (earlier if negative)."""
    index = int(month[:4]) * 12 + int(month[5:7]) - 1 + count
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def parse_window(text: str, *, option: str) -> Window:
    """Parse a window ``FROM:TO`` of years, quarters or months, or one of them alone.

    Raises:
        EpisodeError: The text is not a window, or it ends before it starts.
    """
    months = span_of(text)
    if months is None:
        raise EpisodeError(
            f"{text!r} is not a window",
            where=option,
            fix=f"{did_you_mean_span(text)}Give FROM:TO, first to last, in years, quarters or months, such as 2021:2022, 2021Q3:2022Q2 or 2021-01:2021-12",
        )
    return Window(*months)


class _Lines:
    """Line number of each field of a YAML document."""

    def __init__(self, node: yaml.Node | None) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        if node is not None:
            self._visit(node, ())

    def _visit(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self.lines[(*path, str(key.value))] = key.start_mark.line + 1
                self._visit(value, (*path, str(key.value)))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._visit(value, (*path, str(number)))

    def of(self, *path: str) -> int:
        """Return the line of a field, or of its nearest parent that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Reader:
    """Validate one episode document, field by field."""

    def __init__(self, text: str, label: str) -> None:
        self.label = label
        try:
            self.data, node = strict_yaml.loads(text, typed=True)
        except strict_yaml.YamlFault as error:
            what = error.what if error.is_yaml else f"not YAML: {error.what}"
            raise EpisodeError(what, where=f"{label}, line {error.line or 1}", fix="fix the line") from error
        self.lines = _Lines(node)
        if not isinstance(self.data, dict):
            fix = f"give the fields {', '.join(_FIELDS)}"
            raise EpisodeError("not an episode: fields are missing", where=f"{label}, line 1", fix=fix)

    def fail(self, what: str, fix: str, *path: str) -> EpisodeError:
        """Return an error that names the line and path of a field."""
        return EpisodeError(what, where=f"{self.label}, line {self.lines.of(*path)}, field {'.'.join(path)}", fix=fix)

    def text(self, name: str) -> str:
        value = self.data.get(name)
        if value is None or not isinstance(value, str | dt.date) or not str(value).strip():
            raise self.fail(f"{name} is missing or not text", f"give {name}", name)
        return str(value)

    def names(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name, [])
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            hint = " (NO is read as false: Norway is NOR)" if isinstance(value, list) and False in value else ""
            raise self.fail(f"{name} is not a list of names{hint}", f"give {name} as a list of text", name)
        return tuple(value)

    def month(self, value: object, *path: str) -> str:
        text = f"{value:%Y-%m}" if isinstance(value, dt.date) else str(value)
        if not _MONTH.match(text):
            raise self.fail(f"{text!r} is not a month", "give the month as YYYY-MM", *path)
        return text

    def end(self, value: object, place: int, *path: str) -> str:
        """Return the month at which a window begins (place 0) or ends (place 1)."""
        text = f"{value:%Y-%m}" if isinstance(value, dt.date) else str(value)
        months = months_of(text)
        if months is None:
            raise self.fail(f"{text!r} is not a period", f"{did_you_mean_span(text)}Give {FORMS}", *path)
        return months[place]

    def window(self, name: str) -> tuple[Window, Mapping[str, Any]]:
        value = self.data.get(name) or {}
        if not isinstance(value, dict):
            raise self.fail(f"{name} is not a window", f"give {name} as {{from: 2023-01, to: 2023-12}}", name)
        unknown = set(value) - {"from", "to", "min_months"}
        if unknown:
            field = sorted(map(str, unknown))[0]
            raise self.fail(f"{name} has no field {field!r}", "use from, to, min_months", name, field)
        first, last = (
            None if value.get(end) is None else self.end(value[end], place, name, end)
            for place, end in enumerate(("from", "to"))
        )
        if first and last and first > last:
            raise self.fail(f"{name} ends before it starts", "swap from and to", name)
        return Window(first, last), value


def read_episode(
    text: str, *, label: str, path: str | None = None, lists: Mapping[str, goods_lists.GoodsList] = goods_lists.NO_LISTS
) -> Episode:
    """Parse an episode from YAML; EpisodeError names the line and the field.

    Args:
        text: Content of the YAML file.
        label: File name shown in messages.
        path: Location of the file; goods files are looked up in its folder.
        lists: Goods lists embedded with the episode, by the names it gives them.
    """
    reader = _Reader(text, label)
    unknown = [str(key) for key in reader.data if key not in _FIELDS]
    if unknown:
        raise reader.fail(f"an episode has no field {unknown[0]!r}", f"fields: {', '.join(_FIELDS)}", unknown[0])
    missing = [name for name in _REQUIRED if name not in reader.data]
    if missing:
        raise reader.fail(f"{missing[0]} is missing", f"add {missing[0]}", missing[0])
    target = reader.text("target")
    if not _is_economy(target):
        raise reader.fail(f"target {target!r} is not an economy", _nearest_economy(target), "target")
    try:
        direction = Direction(reader.text("direction"))
    except ValueError as error:
        fix = "use exports-to-target or imports-from-target"
        raise reader.fail("direction is not known", fix, "direction") from error
    event = reader.month(reader.data["event"], "event")
    baseline, settings = reader.window("baseline")
    after, _ = reader.window("after")
    min_months = settings.get("min_months", 12)
    if not isinstance(min_months, int) or isinstance(min_months, bool) or min_months < 1:
        what = "min_months is not a whole number above 0"
        raise reader.fail(what, "give months, such as 24", "baseline", "min_months")
    if baseline.last and after.first and baseline.last >= after.first:
        what = "the after-window starts within the baseline"
        raise reader.fail(what, "let after.from follow baseline.to", "after", "from")
    episode = Episode(
        name=reader.text("name"),
        title=reader.text("title"),
        target=target,
        direction=direction,
        event=event,
        coalition=reader.names("coalition"),
        goods=tuple(_found_beside(name, path) for name in reader.names("goods")),
        baseline=baseline,
        after=after,
        min_months=min_months,
        hubs=reader.names("hubs"),
        placebo_targets=None if (names := reader.names("placebo_targets")) in ((), ("auto",)) else names,
        not_ordinary=tuple(_found_beside(name, path) for name in reader.names("not_ordinary")),
        needs=str(reader.data.get("needs", "")).strip(),
        note=str(reader.data.get("note", "")).strip(),
        path=path,
        tests=_declared_tests(reader),
        role=_role(reader, direction),
        measures=_measures(reader, path),
        regimes=_regimes(reader),
        lists=lists,
    )
    _check_names(reader, episode)
    return episode


def _is_economy(code: str) -> bool:
    return code in areas() and areas()[code].kind == "economy"


def _nearest_economy(text: str) -> str:
    try:
        return f"did you mean {find_area(text).code}?"
    except StopgapError as error:
        return error.fix or "give an ISO3 code (stopgap economies lists them)"


def _declared_tests(reader: _Reader) -> DeclaredTests:
    value = reader.data.get("tests")
    if value is None:
        return DeclaredTests()
    if not isinstance(value, dict):
        raise reader.fail("tests is not a declaration", "give tests as {family: supplier, fdr: 0.10}", "tests")
    if unknown := sorted(str(name) for name in value if name not in ("family", "fdr")):
        raise reader.fail(f"tests has no field {unknown[0]!r}", "use family, fdr", "tests", unknown[0])
    family = value.get("family", DeclaredTests.family)
    if family not in TEST_FAMILIES:
        raise reader.fail(f"family {family!r} is not known", f"use {', '.join(TEST_FAMILIES)}", "tests", "family")
    fdr = value.get("fdr", DeclaredTests.fdr)
    if isinstance(fdr, bool) or not isinstance(fdr, int | float) or not 0 < fdr < 1:
        raise reader.fail("fdr is not a rate between 0 and 1", "give a rate, such as 0.10", "tests", "fdr")
    return DeclaredTests(family, float(fdr))


def _role(reader: _Reader, direction: Direction) -> EpisodeRole:
    """Return the role declared, which must go with the direction; without one, the role that the direction implies."""
    declared = reader.data.get("role", str(EpisodeRole.of(direction)))
    if declared not in list(EpisodeRole):
        raise reader.fail(f"role {declared!r} is not known", f"use {' or '.join(EpisodeRole)}", "role")
    role = EpisodeRole(declared)
    if role.direction is not direction:
        what = f"role {role} does not go with direction {direction}"
        raise reader.fail(what, f"use direction: {role.direction}, or leave role out", "role")
    return role


def _measures(reader: _Reader, path: str | None) -> tuple[MeasureRow, ...]:
    """Read ``measures``: a table by name or path, rows, or a list of both."""
    value = reader.data.get("measures")
    if value is None:
        return ()
    found: list[MeasureRow] = []
    for number, entry in enumerate(value if isinstance(value, list) else [value]):
        at = ("measures", str(number)) if isinstance(value, list) else ("measures",)
        if isinstance(entry, str) and entry.strip():
            try:
                found += load_measures(entry, beside=path)
            except NotFoundError as error:
                raise reader.fail(error.what, error.fix, *at) from error
        elif isinstance(entry, dict):

            def fail(what: str, fix: str, name: str, at: tuple[str, ...] = at) -> EpisodeError:
                return reader.fail(what, fix, *at, name)

            found += read_row(entry, fail)
        else:
            fix = "give the name of a table, the path of a CSV, or rows {member: …, code: …, from: …, source: …}"
            raise reader.fail("measures is not a table of measures", fix, *at)
    if not found:
        raise reader.fail("measures has no rows", "add a row, or leave the field out", "measures")
    return tuple(dict.fromkeys(found))


def _regimes(reader: _Reader) -> tuple[dt.date, ...]:
    value = reader.data.get("regimes")
    if value is None:
        return ()
    days = value if isinstance(value, list) else [value]
    for number, day in enumerate(days):
        if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            raise reader.fail(f"{str(day)!r} is not a day", "give the day as YYYY-MM-DD", "regimes", str(number))
        if number and day <= days[number - 1]:
            raise reader.fail(
                "regimes are not in order of time", "give each day once, oldest first", "regimes", str(number)
            )
    return tuple(days)


def _check_measures(reader: _Reader, episode: Episode) -> None:
    """Check that each measure is one of the coalition's: a member itself, or a group that members belong to."""
    members = episode.members()
    for name, day in dict.fromkeys((row.member, row.first) for row in episode.measures):
        if name not in members and not set(expand([name], on=day)) & set(members):
            what = f"measures name {name}, no economy of which is in the coalition on {day}"
            raise reader.fail(what, "take the row out, or add the member to coalition", "measures")


def _check_names(reader: _Reader, episode: Episode) -> None:
    if not episode.coalition:
        raise reader.fail("the coalition is empty", "name groups or economies", "coalition")
    if not episode.goods:
        raise reader.fail("no goods list is named", "name at least one (stopgap goods lists them)", "goods")
    for number, entry in enumerate(episode.coalition):
        if entry not in group_names() and not _is_economy(entry):
            what = f"coalition names {entry!r}, which is neither a group nor an economy"
            fix = f"groups: {', '.join(group_names())}; economies by ISO3: {_nearest_economy(entry)}"
            raise reader.fail(what, fix, "coalition", str(number))
    if episode.target in episode.members():
        raise reader.fail(f"the target {episode.target} is in the coalition", "take it out", "coalition")
    for number, hub in enumerate(episode.hubs):
        if not _is_economy(hub):
            raise reader.fail(f"hub {hub!r} is not an economy", _nearest_economy(hub), "hubs", str(number))
        if hub in episode.members():
            raise reader.fail(f"hub {hub} is a member of the coalition", "take it out of hubs", "hubs", str(number))
    for number, placebo in enumerate(episode.placebo_targets or ()):
        at = ("placebo_targets", str(number))
        if not _is_economy(placebo):
            raise reader.fail(f"placebo target {placebo!r} is not an economy", _nearest_economy(placebo), *at)
        if placebo == episode.target or placebo in episode.hubs:
            fix = "take it out: trade with it was touched by the event"
            raise reader.fail(f"placebo target {placebo} is the target or a hub", fix, *at)
    for entry in ("goods", "not_ordinary"):
        for number, name in enumerate(getattr(episode, entry)):
            try:
                episode.goods_list(name)
            except StopgapError as error:
                raise reader.fail(f"goods list {name!r}: {error.what}", error.fix, entry, str(number)) from error
    _check_measures(reader, episode)


def needs_target_side(episode: Episode, asked: str) -> None:
    """Refuse an episode that asks who replaced the target, for what is made of trade with the target alone.

    Raises:
        EpisodeError: The episode has the role ``suppliers-to-coalition``.
    """
    if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        raise EpisodeError(
            f"{asked} is not made for episodes of the role {episode.role}: it reads trade with the target alone",
            where=f"episode {episode.name}, field role",
            fix="stopgap measure and stopgap brief answer in this role; for who bought from the target instead, "
            f"write an episode with role: {EpisodeRole.BUYERS_FROM_TARGET}",
        )


def _built_in() -> dict[str, Any]:
    folder = resources.files("stopgap.panel") / "episodes_data"
    return {entry.name.removesuffix(".yml"): entry for entry in folder.iterdir() if entry.name.endswith(".yml")}


@functools.cache
def _of_package(name: str) -> Episode:
    """Read a built-in episode."""
    return read_episode(_built_in()[name].read_text("utf-8"), label=f"built-in {name}.yml")


def episode_names() -> list[str]:
    """Return the names of the built-in episodes."""
    return sorted(_built_in())


def load_episode(name_or_path: str) -> Episode:
    """Load a built-in episode by name, or an episode file by path.

    Raises:
        NotFoundError: No built-in episode and no file has the name.
        EpisodeError: The file is not a valid episode.
    """
    built_in, path = _built_in(), Path(name_or_path)
    if name_or_path in built_in:
        found = _of_package(name_or_path)
    elif is_regular_file(path):
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, OSError) as error:
            raise EpisodeError("the file is not text in UTF-8", where=str(path), fix="save it as UTF-8") from error
        found = read_episode(text, label=path.name, path=str(path))
    else:
        raise _no_episode(name_or_path)
    record([Read(SUBJECT, name=f"episode:{found.name}")])
    return found


def _no_episode(asked: str) -> NotFoundError:
    """Return the error for a text that is neither a built-in episode nor the path of a file; it names the nearest."""
    listed = "'stopgap episodes' lists those that are built in"
    if is_path_text(asked) or (exists(Path(asked)) and asked.strip(". ")):
        return no_file(Path(asked), "an episode", fix=f"or give a name: {listed}", suffixes=FILE_SUFFIXES)
    beside = [asked + suffix for suffix in FILE_SUFFIXES if is_regular_file(Path(asked + suffix))]
    near = did_you_mean(asked, [*beside, *episode_names()])
    known = f"{near} {listed[0].upper()}{listed[1:]}" if near else f"built in: {', '.join(episode_names())}"
    return NotFoundError(
        f"no episode is called {asked!r}", where="EPISODE", fix=f"{known}; or give the path of an episode file"
    )


def _found_beside(name: str, path: str | None) -> str:
    """Resolve a goods list named in an episode file: a list in the package, else a file in the episode's folder."""
    if path is None or name in goods_lists.goods_names():
        return name
    beside = Path(path).parent / name
    return str(beside) if beside.is_file() else name


def portable(episode: Episode) -> Episode:
    """Return the episode with its goods lists embedded and referenced by name, so that it needs no other file."""
    lists = {entry: episode.goods_list(entry) for entry in (*episode.goods, *episode.not_ordinary)}
    # a name in the package may stand for another list (propellants): it stays the name
    names = {entry: found.name if set(entry) & set("./\\") else entry for entry, found in lists.items()}
    return replace(
        episode,
        goods=tuple(names[entry] for entry in episode.goods),
        not_ordinary=tuple(names[entry] for entry in episode.not_ordinary),
        path=None,
        lists={names[entry]: found for entry, found in lists.items()},
    )


def episode_yaml(episode: Episode) -> str:
    """Return the episode as YAML that :func:`read_episode` parses to an equal episode."""
    document: dict[str, object] = {
        "name": episode.name,
        "title": episode.title,
        "target": episode.target,
        "direction": str(episode.direction),
        "role": str(episode.role),
        "event": episode.event,
        "coalition": list(episode.coalition),
        "goods": list(episode.goods),
        "baseline": {**_window(episode.baseline), "min_months": episode.min_months},
        "after": _window(episode.after),
        "hubs": list(episode.hubs),
        "placebo_targets": "auto" if episode.placebo_targets is None else list(episode.placebo_targets),
        "not_ordinary": list(episode.not_ordinary),
        "tests": {"family": episode.tests.family, "fdr": episode.tests.fdr},
        "needs": episode.needs,
        "note": episode.note,
    }
    if episode.measures:
        document["measures"] = measures_document(episode.measures)
    if episode.regimes:
        document["regimes"] = list(episode.regimes)
    return yaml_text(document, width=110)


def episode_text(episode: Episode, marking: Marking) -> str:
    """Return the episode as YAML with its marking as a comment on the first line."""
    return f"# {marking.label}\n{episode_yaml(episode)}"


def _window(window: Window) -> Mapping[str, str]:
    ends = {"from": window.first, "to": window.last}
    return {name: end for name, end in ends.items() if end is not None}
