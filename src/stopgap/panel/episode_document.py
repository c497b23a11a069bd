"""Portable form of an episode, without file paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stopgap.base.documents import yaml_text
from stopgap.base.marking import Marking
from stopgap.panel.episodes import Episode, Window


def portable(episode: Episode) -> Episode:
    """An episode whose goods lists are named by their names alone, with the lists that the names stand for."""
    lists = {entry: episode.goods_list(entry) for entry in (*episode.goods, *episode.not_ordinary)}
    # a name in the package may stand for another list (propellants): it stays the name
    names = {entry: entry if _is_name(entry) else found.name for entry, found in lists.items()}
    return replace(
        episode,
        goods=tuple(names[entry] for entry in episode.goods),
        not_ordinary=tuple(names[entry] for entry in episode.not_ordinary),
        path=None,
        lists={names[entry]: found for entry, found in lists.items()},
    )


def _is_name(entry: str) -> bool:
    return not any(sign in entry for sign in "./\\")


def episode_yaml(episode: Episode) -> str:
    """An episode file from which :func:`stopgap.panel.episodes.read_episode` gives the same episode."""
    document: dict[str, object] = {
        "name": episode.name,
        "title": episode.title,
        "target": episode.target,
        "direction": str(episode.direction),
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
    return yaml_text(document, width=110)


def episode_text(episode: Episode, marking: Marking) -> str:
    """An episode file that shows its marking."""
    return f"# {marking.label}\n{episode_yaml(episode)}"


def _window(window: Window) -> Mapping[str, str]:
    ends = {"from": window.first, "to": window.last}
    return {name: end for name, end in ends.items() if end is not None}
