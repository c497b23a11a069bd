"""Tab of levers: goods, hubs and suppliers by what a stop there would remove, and a what-if by slider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stopgap.api import Lake
from stopgap.base.errors import MissingDataError, NotFoundError, UsageError
from stopgap.base.marking import strictest
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import percent, sentence_case, shorten
from stopgap.briefs.vocabulary import in_sentence, name_of, told, words_of
from stopgap.measures.backfill.results import Finding
from stopgap.measures.levers.request import LIMIT, LeverKind, LeverRequest
from stopgap.measures.levers.results import LeverFinding
from stopgap.pages.amounts import usd
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.marked import marking_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.levers.answer import WhatIfAnswer, answer_of
from stopgap.pages.levers.query import LeverQuery
from stopgap.pages.levers.ranking import chokepoints_table, ranking_chart, ranking_table
from stopgap.pages.views import PageContent
from stopgap.pages.words import as_sentence
from stopgap.panel.episodes import Episode

_FIELDS = (
    ("hubs_switch_removed_usd shows the case", "“Removed if routes move to another hub” shows the case"),
    ("so removed_usd is null, its range is from 0", "so no figure is given, its range is from 0"),
)
"""What the page calls fields of the result that assumptions name."""
OTHER_ROLE = "This episode is about other suppliers to the coalition: levers are of trade with the target, and are not measured here."
CHOICES = 80
"""Suppliers that the what-if offers."""
_KINDS = {
    LeverKind.ALL: "all", LeverKind.GOOD: "goods", LeverKind.HUB: "hubs", LeverKind.SUPPLIER: "suppliers", LeverKind.SUPPLIER_GOOD: "a supplier in one good",
}  # fmt: skip


def levers_page(lake: Lake, query: EpisodeQuery, asked: LeverQuery) -> PageContent:
    """Return the tab of levers, with the answer to its what-if; a question that cannot be answered says why on the page.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=False)
    finding, names = measured.finding, economy_names()
    here = replace(query, goods=query.goods or finding.goods)
    if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION:
        return PageContent(
            "levers/none.html", "Levers", {"why": OTHER_ROLE}, measured.marking, tabs=here.tabs("/levers"), kicker=episode.title
        )  # fmt: skip
    levers, error = _asked(lake, here, finding, asked)
    basis = basis_line(finding)
    source = here.data("levers", by=asked.by if asked.by != LeverKind.ALL else None)
    answer = (
        WhatIfAnswer(error=error)
        if error
        else answer_of(levers, finding, names, basis=basis, source=here.data("levers", what_if=asked.text))
    )
    ranking = ranking_chart(levers, names, here, basis=basis, source=source)
    charts = [chart for chart in (answer.chart if answer else None, ranking) if chart is not None]
    return PageContent(
        "levers/levers.html",
        "Levers",
        {
            "query": here,
            "asked": asked,
            "address": {**here.options, **asked.options},
            "lead": told(_lead(levers, names), finding, names),
            "answer": answer,
            "text": asked.text,
            "who_choices": _who(finding, episode, asked, names),
            "good_choices": _goods(finding, asked),
            "kinds": tuple(_KINDS.items()),
            "ranking": ranking,
            "ranked": _ranked_words(levers),
            "table": replace(ranking_table(levers, levers.levers, names, here), source=source),
            "chokepoints": chokepoints_table(levers, names, here),
            "assumptions": tuple(_assumption(text, finding, names) for text in levers.assumptions),
            "notes": tuple(as_sentence(told(text, finding, names)) for text in levers.warnings),
            "queries": levers.queries,
            "basis": basis,
        },
        strictest([measured.marking, marking_of(levers)]),
        charts=tuple(charts),
        tabs=here.tabs("/levers"),
        kicker=episode.title,
    )  # fmt: skip


def _asked(
    lake: Lake, query: EpisodeQuery, finding: Finding, asked: LeverQuery
) -> tuple[LeverFinding, tuple[str, str, str] | None]:
    """Return the levers with the answer; where the what-if cannot be answered without it, and what was wrong."""
    ranking = query.request_like(finding, LeverRequest, by=asked.by, limit=LIMIT)
    if not asked.asks:
        return lake.levers(query.episode, ranking), None
    try:
        return lake.levers(query.episode, replace(ranking, what_if=(asked.text,))), None
    except (UsageError, NotFoundError, MissingDataError) as error:
        return lake.levers(query.episode, ranking), (sentence_case(error.what), error.where, error.fix)


def _lead(levers: LeverFinding, names: Mapping[str, str]) -> str:
    target, found = in_sentence(name_of(levers.target, names)), levers.substitution
    text = (
        f"{usd(levers.inflow.total_usd)} a year of trade with {target} is left, by {_count(levers.inflow.suppliers)}."
    )
    if found.share is None:
        return f"{text} What of a stop would come back cannot be told ({found.reason}), so anything from none to all of it may be removed."
    interval = "" if found.ci95 is None else f" (95 % interval {percent(found.ci95[0])} to {percent(found.ci95[1])})"
    return f"{text} Of each dollar that was stopped in this episode {percent(found.share)} came back through others{interval}."


def _count(suppliers: int) -> str:
    return "one supplier" if suppliers == 1 else f"{suppliers} suppliers"


def _assumption(text: str, finding: Finding, names: Mapping[str, str]) -> str:
    """Return an assumption in words, with what the page calls the fields that it names."""
    for field, said in _FIELDS:
        text = text.replace(field, said)
    return sentence_case(told(text, finding, names))


def _ranked_words(levers: LeverFinding) -> str:
    ranked = levers.ranking
    by = {
        "score_usd": "the score: what is removed within others’ capacity, weighed with the response to enforcement", "removed_usd": "what a stop removes", "carried_usd": "what a stop carries",
    }[ranked.ranked_by]  # fmt: skip
    text = f"{len(levers.levers)} of {levers.levers_found} levers, ranked by {by}"
    if ranked.reason:
        text += f" ({ranked.reason})"
    if ranked.is_size:
        text += ". The order is nearly that of size"
    return f"{text}."


def _who(
    finding: Finding, episode: Episode, asked: LeverQuery, names: Mapping[str, str]
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return choices of whose trade is stopped, in groups: value and text."""
    silent = set(finding.coverage.missing_reporters)
    others = sorted((row for row in finding.suppliers if row.after_usd > 0), key=lambda row: -row.after_usd)
    members = sorted(
        (row for row in finding.members if row.after_usd > 0 and row.supplier not in silent),
        key=lambda row: -row.after_usd,
    )
    hubs = [row for row in others if row.is_hub]
    together = [
        ("", f"every {words_of(finding).actor}"),
        *([("hubs", "all hubs")] if hubs else []),
        *([("members", "all members of the coalition")] if members else []),
    ]
    groups = [
        ("Together", together),
        ("Hubs", [(row.supplier, f"{name_of(row.supplier, names)}, {usd(row.after_usd)}") for row in hubs]),
        (sentence_case(words_of(finding).actors), [(row.supplier, f"{name_of(row.supplier, names)}, {usd(row.after_usd)}") for row in others[:CHOICES] if not row.is_hub]),
        ("Members", [(row.supplier, f"{name_of(row.supplier, names)}, {usd(row.after_usd)}") for row in members]),
    ]  # fmt: skip
    known = {value for _, rows in groups for value, _ in rows}
    if asked.who not in known:
        groups.append(("Asked for", [(asked.who, name_of(asked.who, names))]))
    return tuple((head, tuple(rows)) for head, rows in groups if rows)


def _goods(finding: Finding, asked: LeverQuery) -> tuple[tuple[str, str], ...]:
    """Return choices of goods: value and text; only every good where the figures are one sum."""
    rows = [row for row in finding.by_good if row.good.isdigit()]
    found = [
        ("", "every good of the list"),
        *((row.good, shorten(f"{row.good} {row.description}", 70)) for row in sorted(rows, key=lambda row: row.good)),
    ]
    if asked.good and asked.good not in {value for value, _ in found}:
        found.append((asked.good, asked.good))
    return tuple(found)
