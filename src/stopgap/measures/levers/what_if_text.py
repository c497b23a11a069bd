"""Parse what-if questions in words: ``stop KGZ 8542``, ``stop KGZ,ARM 8541,8542; cut TUR 85 by 50%``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.base.errors import MissingDataError, NotFoundError, UsageError
from stopgap.codes.areas import find_area
from stopgap.measures.levers.ranking import cut_of, cut_of_routing
from stopgap.measures.levers.removal import Cut, Inflow
from stopgap.panel.silence import some_of

GRAMMAR = 'say "stop KGZ 8542", "stop KGZ,ARM 8541,8542", "stop hubs 85", "stop KGZ re-exports" or "cut TUR 85 by 50%"'
WHERE = "--if {!r}"
_APART = re.compile(r"\s*;\s*|\s*,?\s+and\s+(?=(?:stop|cut)\b)|\s*,\s*(?=(?:stop|cut)\b)", re.IGNORECASE)
_ACTION = re.compile(r"(stop|cut)\b\s*(.*?)(?:\s+by\s+(\S+?)\s*%)?", re.IGNORECASE | re.DOTALL)
_RE_EXPORTS = ("re-exports", "reexports", "re-export")


@dataclass(frozen=True)
class Question:
    """Suppliers, goods and groups that a what-if may name."""

    inflow: Inflow  # suppliers and goods with trade in the after-window
    groups: Mapping[str, str]  # good -> group of the goods list
    target: str
    silent: tuple[str, ...] = ()  # suppliers without figures in both windows
    level: str = "HS6"
    episode: str = ""  # its name, for errors


@dataclass(frozen=True)
class WhatIfStop:
    """One stop of a what-if, as requested."""

    text: str
    suppliers: tuple[str, ...]  # economies that stop; empty for every one
    goods: tuple[str, ...]  # codes, prefixes or groups as asked for; empty for every good of the list
    cut_share: float  # how much of it, above 0 and up to 1
    re_exports: bool = False  # only what is consistent with routing


def parse_actions(texts: Sequence[str], question: Question) -> tuple[WhatIfStop, ...]:
    """Parse the stops of a what-if; each text may contain several.

    Raises:
        UsageError: The text cannot be parsed, or names something that is not measured.
        MissingDataError: A supplier has no figures, so its trade is unknown.
    """
    actions = []
    for text in texts:
        found = [part for part in _APART.split(text.strip()) if part.strip()]
        if not found:
            raise UsageError("the what-if is empty", where=WHERE.format(text), fix=GRAMMAR)
        actions += [_action(part.strip(), question) for part in found]
    return tuple(actions)


def _action(text: str, question: Question) -> WhatIfStop:
    where = WHERE.format(text)
    match = _ACTION.fullmatch(text)
    if match is None:
        raise UsageError("a what-if begins with stop or cut", where=where, fix=GRAMMAR)
    verb, rest, percent = match[1].lower(), match[2], match[3]
    share = _share(verb, percent, where)
    # Spaces beside commas belong to the list.
    words = [word for token in re.sub(r"\s*,\s*", ",", rest).split() for word in token.split(",") if word.strip()]
    suppliers: list[str] = []
    goods: list[str] = []
    re_exports = False
    for word in words:
        if word == "and":  # else Andorra
            continue
        if word.islower() and len(word) == 2:  # by, in, to are no Belarus, India, Tonga
            fix = f"a code of two letters is written in capitals; {GRAMMAR}"
            raise UsageError(f"{word!r} is not understood here", where=where, fix=fix)
        if word.lower() in _RE_EXPORTS:
            re_exports = True
        elif word.lower() in ("hubs", "members"):
            suppliers += _all_of(word.lower(), question, where)
        elif code := _good(word, question, where):
            goods.append(code)
        else:
            suppliers.append(_supplier(word, question, where))
    if not suppliers and not goods:
        raise UsageError("the what-if names neither a supplier nor a good", where=where, fix=GRAMMAR)
    if re_exports and question.inflow.routed_usd is None:
        raise MissingDataError(
            "what passes through hubs is not known here, so re-exports cannot be stopped apart",
            where=where,
            fix="leave re-exports out: then all that the supplier sells is stopped",
        )
    return WhatIfStop(text, tuple(dict.fromkeys(suppliers)), tuple(dict.fromkeys(goods)), share, re_exports)


def _share(verb: str, percent: str | None, where: str) -> float:
    if verb == "stop":
        if percent is not None:
            raise UsageError("stop is the whole of it", where=where, fix='for a part say "cut … by NN%"')
        return 1.0
    if percent is None:
        raise UsageError("cut does not say by how much", where=where, fix='end it with "by NN%"')
    try:
        share = float(percent) / 100
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise UsageError(f"a cut by {percent} % is none", where=where, fix="give a percentage above 0 and up to 100")
    return share


def _all_of(word: str, question: Question, where: str) -> list[str]:
    """Return every hub of the episode, or every member of the coalition, that has figures.

    Raises:
        UsageError: There is none.
    """
    inflow = question.inflow
    taken = inflow.is_hub if word == "hubs" else inflow.is_member
    found = [name for name, is_one in zip(inflow.suppliers, taken.tolist(), strict=True) if is_one]
    if not found:
        what = f"the episode {question.episode} has no {word} with figures in both windows"
        raise UsageError(what, where=where, fix="name suppliers by their ISO3 codes")
    return found


def _good(word: str, question: Question, where: str) -> str | None:
    """Parse a code, prefix or group of the measured goods; ``None`` if the word is not a good."""
    goods = question.inflow.goods
    name = word.removeprefix("group:")
    groups = {group.casefold(): group for group in question.groups.values() if group}
    if name != word or (name.casefold() in groups and not _is_code(name)):
        if name.casefold() not in groups:
            fix = f"groups: {', '.join(sorted(groups.values())) or 'none'}"
            raise UsageError(f"the goods list has no group {name!r}", where=where, fix=fix)
        return f"group:{groups[name.casefold()]}"
    if word in goods:
        return word
    if not word[:1].isdigit():
        return None
    if not _is_code(word):
        raise UsageError(f"{word!r} is neither a supplier nor a code of 2, 4 or 6 digits", where=where, fix=GRAMMAR)
    if not any(good.startswith(word) for good in goods if good.isdigit()):
        raise UsageError(
            f"no good measured begins with {word}",
            where=f"{where}: the figures are at {question.level} level",
            fix=f"goods measured: {some_of(goods)}",
        )
    return word


def _is_code(word: str) -> bool:
    return word.isdigit() and len(word) in (2, 4, 6)


def _supplier(word: str, question: Question, where: str) -> str:
    try:
        code = find_area(word).code
    except NotFoundError as error:
        fix = f"{error.fix}; {GRAMMAR}"
        raise UsageError(f"{word!r} is neither a supplier nor a good", where=where, fix=fix) from error
    if code == question.target:
        at = f"{where}, episode {question.episode}"
        raise UsageError(f"{code} is the target itself", where=at, fix="name who trades with it")
    if code in question.inflow.suppliers:
        return code
    silent = code in question.silent
    raise MissingDataError(
        f"{code} is silent in a window, so what it carries is not known: missing is not zero"
        if silent
        else f"{code} has no figures of trade with {question.target} in these goods in both windows",
        where=f"{where}, episode {question.episode}",
        fix="choose windows that it reported (--baseline, --after), or import its figures"
        if silent
        else f"suppliers with figures: {some_of(question.inflow.suppliers, 30)}",
    )


def cut_for(action: WhatIfStop, question: Question) -> Cut:
    """Return the cells that a stop affects."""
    inflow = question.inflow
    names = action.suppliers or inflow.suppliers
    rows = np.array([inflow.suppliers.index(name) for name in names], dtype=np.int64)
    groups = {code.removeprefix("group:") for code in action.goods if code.startswith("group:")}
    codes = tuple(code for code in action.goods if not code.startswith("group:"))
    columns = [
        at
        for at, good in enumerate(inflow.goods)
        if not action.goods
        or question.groups.get(good) in groups
        or good in codes
        or (good.isdigit() and good.startswith(codes))
    ]
    make = cut_of_routing if action.re_exports else cut_of
    return make(inflow, rows, np.array(columns, dtype=np.int64), share=action.cut_share)


def combined(cuts: Sequence[Cut], inflow: Inflow) -> Cut:
    """Combine several stops; where two affect a cell, the larger share counts."""
    shape = (len(inflow.suppliers), len(inflow.goods))
    share, through = np.zeros(shape), np.zeros(shape)
    for cut in cuts:
        part = cut.share if cut.routed_share is None else cut.routed_share
        share[:, cut.goods] = np.maximum(share[:, cut.goods], cut.share)
        through[:, cut.goods] = np.maximum(through[:, cut.goods], part)
    goods = np.flatnonzero((share > 0).any(axis=0))
    return Cut(goods, share[:, goods], through[:, goods])
