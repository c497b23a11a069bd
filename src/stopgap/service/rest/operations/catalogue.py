"""Addresses of what is known without a lake: episodes, goods, economies, sources."""

from __future__ import annotations

from typing import Any

from stopgap.service.rest.names import check_episode, check_goods
from stopgap.service.rest.operation import Asked, RestOperation, Shaped

_TITLES = {
    "episodes": ("Who stopped which trade with whom, and when: the built-in episodes.", "One episode."),
    "goods": ("Lists of goods, each with its version, hash and source.", "One goods list, or codes: 8542,845710."),
    "economies": ("Economies and aggregates, with their codes and groups.", "One economy, by code or name."),
    "sources": ("What files can be imported, and where to get them.", "One source."),
}
_PARAMETERS = {"episodes": "episode", "goods": "list", "economies": "economy", "sources": "source"}
_HELP = {
    "episode": "Name of a built-in episode, such as russia-2022.",
    "list": "Name of a goods list, such as chpl-2024-02; or codes, or a composite good.",
    "economy": "ISO3 code or name, such as KGZ.",
    "source": "Name of a source, such as comtrade.",
}
_CHECKS = {"episodes": check_episode, "goods": check_goods}
EXAMPLE_NAMES = {"episode": "russia-2022", "list": "machinery-electronics", "economy": "KGZ", "source": "comtrade"}
"""A name that is known, by parameter."""


def _listing(kind: str) -> RestOperation:
    def shape(found: Any, asked: Asked) -> Shaped:
        return Shaped({kind: found.arrow.to_pylist()}, found.arrow, rows_at=kind)

    return RestOperation(method="GET", path=f"/{kind}", summary=_TITLES[kind][0], api=f"{kind}.list", shape=shape)


def _one(kind: str) -> RestOperation:
    name = _PARAMETERS[kind]

    def ask(lake: Any, asked: Asked) -> Any:
        if kind in _CHECKS:
            _CHECKS[kind](asked.path[name])
        return getattr(lake, kind).show(asked.path[name])

    def shape(found: Any, asked: Asked) -> Shaped:
        return Shaped(found.document, found.arrow, rows_at="codes" if kind == "goods" else None)

    return RestOperation(
        method="GET",
        path=f"/{kind}/{{{name}}}",
        summary=_TITLES[kind][1],
        api=f"{kind}.show",
        ask=ask,
        shape=shape,
        is_list=kind == "goods",
        path_help={name: _HELP[name]},
    )


CATALOGUE = tuple(made(kind) for kind in _TITLES for made in (_listing, _one))
