"""What is known, as tables and documents: sources, episodes, goods lists, economies."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.codes.areas import areas, find_area
from stopgap.codes.code_origins import code_origin
from stopgap.codes.code_text import is_code_text
from stopgap.codes.commodities import is_composite
from stopgap.codes.goods import composite_codes, describe, goods_names, load_goods
from stopgap.codes.groups import group_names, members
from stopgap.panel.episodes import Episode, episode_names, load_episode
from stopgap.panel.measures_table import measures_summary

Shown = tuple[dict[str, Any], pa.Table, str]


def _text_table(rows: list[dict[str, Any]], names: tuple[str, ...]) -> pa.Table:
    texts = [{name: None if row.get(name) is None else str(row[name]) for name in names} for row in rows]
    return pa.Table.from_pylist(texts, schema=pa.schema([(name, pa.string()) for name in names]))


def _fields(document: dict[str, Any]) -> pa.Table:
    rows = [
        {"field": name, "value": ", ".join(map(str, value)) if isinstance(value, list | tuple) else value}
        for name, value in document.items()
    ]
    return _text_table(rows, ("field", "value"))


def list_sources() -> pa.Table:
    """One row per source that files can be imported from."""
    from stopgap.sources.registry import sources

    rows = [{"source": source.name, "title": source.title, "how": source.how} for source in sources()]
    return _text_table(rows, ("source", "title", "how"))


def check_source_file(name: str, sample: Path, total: float | None) -> tuple[list[dict[str, Any]], pa.Table]:
    """What every source must hold to, tried on a sample: one row a check, and as a table."""
    from stopgap.sources.registry import get_source
    from stopgap.sources.testkit import check_source

    checks = [
        {"check": check.name, "holds": check.holds, "seen": check.seen}
        for check in check_source(get_source(name), sample, total=total)
    ]
    shown = [{**check, "holds": "yes" if check["holds"] else "NO"} for check in checks]
    return checks, _text_table(shown, ("check", "holds", "seen"))


def show_sources(name: str) -> Shown:
    """One source: what it is, where its files come from, on which terms."""
    from stopgap.sources.registry import get_source

    source = get_source(name)
    live = source.request()
    document = {
        "source": source.name,
        "title": source.title,
        "how": source.how,
        "live": f"stopgap fetch {live.name}" if live is not None else None,
        "terms": source.terms,
    }
    return document, _fields(document), f"source {source.name}"


def list_episodes() -> pa.Table:
    """One row per built-in episode."""
    rows = [vars(load_episode(name)) for name in episode_names()]
    return _text_table(rows, ("name", "title", "target", "direction", "event"))


def show_episodes(name: str) -> Shown:
    """One episode, with the economies its coalition stands for."""
    episode = load_episode(name)
    document = _episode_document(episode)
    return document, _fields(document), f"episode {episode.name}: {episode.title}"


def _episode_document(episode: Episode) -> dict[str, Any]:
    return {
        "name": episode.name,
        "title": episode.title,
        "target": episode.target,
        "direction": str(episode.direction),
        "role": str(episode.role),
        "event": episode.event,
        "coalition": list(episode.coalition),
        "members": sorted(episode.members()),
        "goods": list(episode.goods),
        "baseline": f"{episode.baseline.first or 'derived'}:{episode.baseline.last or 'derived'}",
        "after": f"{episode.after.first or 'derived'}:{episode.after.last or 'end of the data'}",
        "min_months": episode.min_months,
        "hubs": list(episode.hubs),
        "measures": measures_summary(episode.measures),
        "regimes": [str(day) for day in episode.regimes],
        "needs": episode.needs,
        "note": episode.note,
    }


def list_goods() -> pa.Table:
    """One row per goods list in the package."""
    rows = []
    for name in goods_names():
        goods = load_goods(name)
        rows.append({**vars(goods), "codes": len(goods.items), "goods_version": goods.version_id})
    return _text_table(rows, ("name", "title", "codes", "revision", "goods_version"))


def show_goods(name: str) -> Shown:
    """One goods list, or the codes of a composite good such as ``84+85``."""
    if is_composite(name) and not is_code_text(name):
        codes = composite_codes(name)
        rows = [{"code": code, "description": describe(code, "HS2017") or describe(code, "HS2012")} for code in codes]
        document = {
            "name": name,
            "title": f"composite good {name}: published only as a sum, never split",
            "codes": rows,
        }
        return document, _text_table(rows, ("code", "description")), str(document["title"])
    goods = load_goods(name)
    rows = [{"code": item.code, "group": item.group, "description": item.description} for item in goods.items]
    document = {
        "name": goods.name,
        "version": goods.version,
        "goods_version": goods.version_id,
        "title": goods.title,
        "revision": goods.revision,
        "source": goods.source,
        "terms": goods.terms,
        "note": goods.note,
        "sha256": goods.sha256,
        "codes": rows,
        "unstable": [entry.as_dict() for entry in goods.unstable],
    }
    lines = [f"{goods.title} ({goods.version_id}, {goods.revision})"]
    lines += [
        f"unstable from {entry.from_revision} to {entry.to_revision}: {entry.code} ({entry.reason})"
        for entry in goods.unstable
    ]
    return document, _text_table(rows, ("code", "group", "description")), "\n".join(lines)


def list_economies() -> pa.Table:
    """One row per economy and aggregate."""
    rows = [vars_of(code) for code in areas()]
    return _text_table(rows, ("code", "name", "kind", "iso2", "m49", "entry_year", "exit_year"))


def vars_of(code: str) -> dict[str, Any]:
    """Fields of one area."""
    area = areas()[code]
    names = ("code", "name", "kind", "iso2", "m49", "entry_year", "exit_year")
    return {name: getattr(area, name) for name in names}


def show_economies(name: str) -> Shown:
    """One economy by code or name, with the groups it belongs to at the end of 2024; or one group with its members."""
    day = dt.date(2024, 12, 31)
    if name in group_names():
        document: dict[str, Any] = {"group": name, "on": day.isoformat(), "members": sorted(members(name, on=day))}
        return document, _fields(document), f"group {name}"
    area = find_area(name)
    groups = [group for group in group_names() if area.code in members(group, on=day)]
    document = {**vars_of(area.code), "code_is": code_origin(area.code), "groups": groups}
    return document, _fields(document), f"{area.code} {area.name}"
