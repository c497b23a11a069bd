"""Brief sections on the net figures, with their tables: who gained beyond the counterfactual, and its basis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stopgap.briefs.basis import same_basis
from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.formats.cells import BriefTable, Column, Kind, Typed, Value, long_table, table_of
from stopgap.briefs.formats.text import NBSP, listing, percent, sentence_case, signed, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.charts import among_placebos, clipped, drawn_rows, net_gains, net_rows, places
from stopgap.briefs.net.words import rests_on, why_no_interval, why_no_net, with_interval_usd, without_net
from stopgap.briefs.parts import ChartPart, Section
from stopgap.briefs.tables import net_note, told_net
from stopgap.briefs.vocabulary import (
    GROSS_CHANGE,
    NET_CHANGE,
    coalition_of,
    is_substitution,
    market_of,
    name_of,
    outside_words,
    words_of,
)
from stopgap.measures.backfill.results import Counterfactual, Finding, Interval, SupplierResult
from stopgap.panel.coalition_stages import COALITION

RATE = 0.10
"""False discovery rate up to which the text names suppliers; the table lists every q-value."""
_INTERVAL = f"95{NBSP}% interval"


def net_section(model: BriefModel, numbers: Iterator[int]) -> Section | None:
    """Section on the net gain of each supplier with its interval; ``None`` where there is no counterfactual."""
    finding, words = model.headline, words_of(model.headline)
    rows = net_rows(finding)
    if not rows:
        return None
    above = [row for row in rows if row.ci95 is not None and row.ci95[0] > 0]
    top = next((row for row in rows if row.is_told is not False), None)
    sentences = []
    if top is not None:
        sentences.append(
            f"The largest {NET_CHANGE} is that of {name_of(top.supplier, model.names)}: {usd(top.net_gain_usd or 0.0)} a year "
            f"({with_interval_usd(top.ci95)}), against a {GROSS_CHANGE} of {usd(top.gain_usd)} a year."
        )
    if untold := sum(row.is_told is False for row in rows):
        sentences.append(
            f"Of {len(rows)} {words.actors}, {untold} have an interval wider than their trade: their net change cannot be told."
        )
    if above:
        sentences.append(
            f"Of {len(rows)} {words.actors}, {len(above)} have an interval above 0, each looked at alone: "
            f"{_first_names(above, model)}."
        )
    else:
        sentences.append(f"No {words.actor} has an interval above 0.")
    sentences.append(_tested(rows, model))
    blind = sum(row.ci95 is None for row in rows)
    if blind:
        sentences.append(
            f"{blind} {'has' if blind == 1 else 'have'} no interval: what is new there has nothing to be held against."
        )
    sentences.append(without_net(finding, model.names))
    shown, cut = sum(map(len, drawn_rows(finding))), clipped(finding)
    reading = (
        "A solid mark is the net change, with its interval; without one it cannot be told. A hollow mark is the gross change. "
        "Each part has a scale of its own" + ("; lighter marks are hubs." if any(row.is_hub for row in rows) else ".")
    )
    if cut:
        reading += f" An arrow: the interval runs on, and the figures hold its end ({cut} such)."
    if len(rows) > shown:
        reading += f" The {shown} largest, gross or net; {len(rows) - shown} more in the table."
    figure = ChartPart(
        "net",
        next(numbers),
        f"Net change by {words.actor}, with 95{NBSP}% intervals",
        reading,
        same_basis("USD a year, no denominator"),
        alt.alt_net(model),
        lambda width: net_gains(finding, model.names, width=width),
    )
    title = f"Beyond what would have been {words.traded} anyway"
    text = " ".join(sentence for sentence in sentences if sentence)
    return Section("net", title, (text,), figure, (net_table(model, rows),))


def _first_names(rows: Sequence[SupplierResult], model: BriefModel) -> str:
    named = listing(name_of(row.supplier, model.names) for row in rows[:8])
    return f"{named} and {len(rows) - 8} more" if len(rows) > 8 else named


def _tested(rows: Sequence[SupplierResult], model: BriefModel) -> str:
    """Sentence on which rises are significant when all are tested together; empty where nothing was tested."""
    q_values = [row.q_value for row in rows if row.q_value is not None]
    if not q_values:
        return ""
    rose = [row for row in rows if row.q_value is not None and row.q_value <= RATE and (row.net_gain_usd or 0.0) > 0]
    stand = f"these rises stand: {_first_names(rose, model)}" if rose else "no rise stands"
    return f"Of the {len(q_values)} tested together, at a false discovery rate of {percent(RATE)}, {stand}."


def rests_section(model: BriefModel, numbers: Iterator[int]) -> Section:
    """Section on the basis of the net figures, with a chart of the target among placebos if there are enough."""
    finding, words = model.headline, words_of(model.headline)
    paragraphs = rests_on(finding, model.names, model.members)
    here = sentence_case(market_of(finding, model.names, model.members))
    found, figure = places(finding, model.names), None
    if len(found) > 2:
        others = [place for place in found if not place.is_target]
        ends = [f"{place.name} {signed(percent(place.excess_share), place.excess_share)}" for place in (others[0], others[-1])]  # fmt: skip
        figure = ChartPart(
            "placebos",
            next(numbers),
            f"{here} among {words.places} to which nothing happened",
            f"One dot a place, by how far {words.trade} of {words.actors} {outside_words(finding, model.names)} went beyond the "
            f"counterfactual, in units of its own chance spread. The diamond is {market_of(finding, model.names, model.members)}. Furthest out of the others: "
            f"{listing(ends)}. Grey ground: where 95 of 100 fall by chance.",
            same_basis(
                f"route: direct, the target and each other {words.places.removesuffix('s')}",
                "denominator: what was expected there",
            ),
            alt.alt_placebos(model),
            lambda width: among_placebos(finding, model.names, width=width),
        )
    tables = [counterfactual_table(model), *([placebos_table(model)] if finding.counterfactual.placebo_excess else [])]
    return Section("rests", "What the net figures rest on", paragraphs, figure, tuple(tables))


def net_table(model: BriefModel, rows: Sequence[SupplierResult]) -> BriefTable:
    """Table behind the chart of net gains, the largest first: every supplier with a counterfactual."""
    words = words_of(model.headline)
    table = table_of(
        "net",
        f"{sentence_case(NET_CHANGE)} by {words.actor}",
        rows,
        [
            (words.actor.capitalize(), "text", lambda row: name_of(row.supplier, model.names)),
            ("Code", "code", lambda row: row.supplier),
            (sentence_case(GROSS_CHANGE), "usd", lambda row: row.gain_usd),
            ("Net change", "net", told_net),
            (_INTERVAL, "interval", lambda row: row.ci95),
        ],
        data_of="net",
    )
    return long_table(table, (words.actor, words.actors), basis="no denominator")


def sureness_table(model: BriefModel) -> BriefTable | None:
    """Table of loss and net change with intervals, by group of goods or by good; ``None`` with fewer than two rows."""
    finding = model.headline
    goods = finding.by_group if len(finding.by_group) > 1 else finding.by_good
    if len(goods) < 2:
        return None
    table = table_of(
        "sureness",
        "How sure each is",
        sorted(goods, key=lambda row: (-row.loss_usd, row.good)),
        [
            ("Good", "code", lambda row: row.good),
            ("Description", "text", lambda row: row.description),
            ("Lost", "usd", lambda row: row.loss_usd),
            ("Share lost", "share", lambda row: row.loss_share),
            (_INTERVAL, "share_interval", lambda row: row.loss_ci95),
            (f"{sentence_case(GROSS_CHANGE)} of others", "usd", lambda row: row.gain_usd),
            ("Net change", "net", lambda row: row.net_gain_usd),
            (f"{_INTERVAL}, net", "interval", lambda row: row.net_ci95),
        ],
        note=f"The first interval is that of the share lost. {net_note(finding)}",
    )
    return long_table(table, ("good", "goods"), basis="denominator of the share lost: the good’s own baseline")


_NOTHING = Typed("text", "")
Row = tuple[Value, Value, Value, Value, Value]


def _row(what: str, kind: Kind, value: float | int | str | None, interval: Interval = None, note: str = "") -> Row:
    low, high = (_NOTHING, _NOTHING) if interval is None else (Typed(kind, end) for end in interval)
    return what, Typed(kind, value), low, high, note


def counterfactual_table(model: BriefModel) -> BriefTable:
    """Table of the net figures and the components of their counterfactual; amounts are US dollars a year."""
    finding = model.headline
    found, backfill, suspended = finding.counterfactual, finding.backfill, finding.suspended
    words, loss, ci95 = words_of(model.headline), suspended.loss_usd, backfill.net_ci95
    why = "" if ci95 else f"no interval: {why_no_interval(finding)}"
    rows = [
        _row(f"Loss share of {coalition_of(finding, model.names, model.members).noun}", "share", suspended.loss_share, suspended.ci95,
             "" if suspended.ci95 else "no interval"),
        _row("Counterfactual loss", "amount", suspended.counterfactual_loss_usd, suspended.counterfactual_loss_ci95,
             "" if suspended.counterfactual_loss_usd is not None else f"{'the target' if is_substitution(finding) else 'no member'} has no trade elsewhere in the figures"),
        _row("Symmetric ratio", "share", backfill.symmetric_ratio, backfill.symmetric_ci95,
             "net change by the counterfactual loss: the headline"),
        _row("Gross ratio", "share", backfill.gross_ratio, None, "a sum of reports: no model, no interval"),
        *_real(finding),
        _row("Net ratio", "share", backfill.net_ratio, ci95, why_no_net(finding) if backfill.net_ratio is None else why),
        _row("Method", "text", found.method or "none", None, found.reason or ""),
    ]  # fmt: skip
    if found.method is not None:
        traded = words.traded.capitalize()
        rows += [
            _row(f"{traded} after, of goods with a baseline", "amount", found.observed_usd),
            _row(f"Would have been {words.traded} anyway", "amount", found.expected_usd),
            _row(f"{traded} after, of goods without a baseline", "amount", found.entrants_usd),
            _row("Net change", "amount", found.net_usd, None if ci95 is None else (ci95[0] * loss, ci95[1] * loss)),
            *_ordinary(found, market_of(finding, model.names, model.members)),
            *_places(finding, words.places, market_of(finding, model.names, model.members)),
        ]
    figures = ("Value", f"95{NBSP}% low", f"95{NBSP}% high")
    columns = (Column("What"), *(Column(heading, "number") for heading in figures), Column("Note"))
    note = "Amounts are means per year. Factors are observed by expected."
    table = BriefTable("counterfactual", "The counterfactual in figures", columns, tuple(rows), None, note)
    return replace(table, basis="")


def _real(finding: Finding) -> list[Row]:
    """Return the row of real backfill; empty if there is none."""
    real = finding.real
    if real is None or real.ratio is None:
        return []
    share = percent(real.share_of_value_with_quantities)
    note = (
        f"at baseline unit values; {share} of the value has quantities, nominal over it {percent(real.nominal_ratio)}"
    )
    return [_row("Real ratio", "share", real.ratio, None, note)]


def _ordinary(found: Counterfactual, market: str) -> list[Row]:
    rows = [_row("Ordinary goods", "count", found.ordinary_goods, None, "goods that no list of the episode names")]
    if found.ordinary_excess is None:
        return rows
    band = found.ordinary_band
    chance = None if band is None else (math.exp(-band), math.exp(band))
    rows.append(
        _row(f"Factor of ordinary goods, {market}", "number", math.exp(found.ordinary_excess), chance, "the band is that of chance")
    )  # fmt: skip
    if (beside := found.double_difference) is not None:
        rows.append(
            _row("Double difference", "share", beside.net_ratio, beside.net_ci95, "the net ratio without ordinary goods")
        )  # fmt: skip
    return rows


def _places(finding: Finding, places: str, market: str) -> list[Row]:
    found, rank = finding.counterfactual, finding.backfill.placebo_rank
    rows = []
    if found.excess is not None:
        rows.append(_row(f"Factor, {market}", "number", math.exp(found.excess)))
    rows.append(_row(f"Placebo {places}", "count", len(found.placebo_targets)))
    if rank is not None:
        rows.append(
            _row(f"Rank of {market} among {places}", "text", f"{rank[0]} of {rank[1]}", None, "1: no other rose as far")
        )  # fmt: skip
    return rows


def placebos_table(model: BriefModel) -> BriefTable:
    """Table behind the chart of placebo destinations, in order of rank."""
    words, found = words_of(model.headline), model.headline.counterfactual.placebo_excess
    place, market = words.places.removesuffix("s"), market_of(model.headline, model.names, model.members)
    own = {model.headline.target, COALITION}
    at = next((i for i, row in enumerate(found) if row.destination in own), None)
    table = table_of(
        "placebos",
        f"{sentence_case(market)} among placebo {words.places}",
        list(enumerate(found, 1)),
        [
            (place.capitalize(), "text", lambda row: name_of(row[1].destination, model.names)),
            ("Code", "code", lambda row: "" if row[1].destination == COALITION else row[1].destination),
            ("Rank", "count", lambda row: row[0]),
            ("Excess", "share", lambda row: math.expm1(row[1].excess)),
            (
                "Excess by its chance spread",
                "number",
                lambda row: row[1].excess / row[1].deviation if row[1].deviation > 0 else None,
            ),
        ],
        note=f"Excess: observed over expected trade of {words.actors} {outside_words(model.headline, model.names)}. "
        "The rank is by the last column.",
        data_of="placebos",
    )
    return long_table(table, (place, words.places), basis="denominator: what was expected there", pinned=at)
