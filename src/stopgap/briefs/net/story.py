"""The sections of a brief on the net figures: who gained beyond what was to be expected, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.formats.text import NBSP, listing, percent, signed, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net import tables as net_tables
from stopgap.briefs.net.charts import among_placebos, clipped, drawn_rows, net_gains, net_rows, places
from stopgap.briefs.net.words import rests_on, with_interval_usd, without_net
from stopgap.briefs.parts import ChartPart, Section
from stopgap.briefs.vocabulary import name_of, words_for
from stopgap.measures.backfill.results import SupplierResult

RATE = 0.10
"""False discovery rate at which the text names suppliers; the table holds every q."""


def net_section(model: BriefModel, numbers: Iterator[int], caption: str) -> Section | None:
    """Net gain by supplier with its interval; ``None`` where there is no counterfactual."""
    finding, words = model.headline, words_for(model.direction)
    rows = net_rows(finding)
    if not rows:
        return None
    above = [row for row in rows if row.ci95 is not None and row.ci95[0] > 0]
    top = rows[0]
    sentences = [
        f"The largest net change is that of {name_of(top.supplier, model.names)}: {usd(top.net_gain_usd or 0.0)} a year "
        f"({with_interval_usd(top.ci95)}), against a gross change of {usd(top.gain_usd)}."
    ]
    if above:
        named = listing(name_of(row.supplier, model.names) for row in above[:8])
        more = f" and {len(above) - 8} more" if len(above) > 8 else ""
        sentences.append(
            f"Of {len(rows)} {words.actors}, {len(above)} have an interval above 0, each looked at alone: {named}{more}."
        )
    else:
        sentences.append(f"No {words.actor} has an interval above 0.")
    sentences.append(_tested(rows, model))
    blind = sum(row.ci95 is None for row in rows)
    if blind:
        sentences.append(
            f"{blind} {'has' if blind == 1 else 'have'} no interval: what is new at the target has nothing to be held against."
        )
    sentences.append(without_net(finding, model.names))
    shown, cut = sum(map(len, drawn_rows(finding))), clipped(finding)
    reading = (
        "A solid mark is the net change, with its interval; a hollow one the gross change. "
        "Each part has a scale of its own; lighter marks are hubs."
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
        caption,
        alt.alt_net(model),
        lambda width: net_gains(finding, model.names, width=width),
    )
    table = net_tables.net_table(model)
    title = f"Beyond what would have been {words.traded} anyway"
    text = " ".join(sentence for sentence in sentences if sentence)
    return Section("net", title, (text,), figure, () if table is None else (table,))


def _tested(rows: Sequence[SupplierResult], model: BriefModel) -> str:
    """Which rises stand when all are tested together; empty where nothing was tested."""
    q_values = [row.q_value for row in rows if row.q_value is not None]
    if not q_values:
        return ""
    rose = [row for row in rows if row.q_value is not None and row.q_value <= RATE and (row.net_gain_usd or 0.0) > 0]
    named = listing(name_of(row.supplier, model.names) for row in rose[:8])
    more = f" and {len(rose) - 8} more" if len(rose) > 8 else ""
    stand = f"these rises stand: {named}{more}" if rose else "no rise stands"
    return f"Of the {len(q_values)} tested together, at a false discovery rate of {percent(RATE)}, {stand}."


def rests_section(model: BriefModel, numbers: Iterator[int], caption: str) -> Section:
    """What the net figures rest on, with the target among placebo destinations where there is a rank."""
    finding, words = model.headline, words_for(model.direction)
    paragraphs = rests_on(finding, model.names)
    tables = [net_tables.counterfactual_table(model)]
    found, figure = places(finding, model.names), None
    if len(found) > 2:
        others = [place for place in found if not place.is_target]
        ends = [f"{place.name} {signed(percent(place.excess_share), place.excess_share)}" for place in (others[0], others[-1])]  # fmt: skip
        figure = ChartPart(
            "placebos",
            next(numbers),
            f"The target among {words.places} to which nothing happened",
            f"One dot a place, by how far {words.trade} of {words.actors} outside the coalition went beyond the "
            f"counterfactual, in units of its own chance spread. The diamond is the target. Furthest out of the others: "
            f"{listing(ends)}. Grey ground: where 95 of 100 fall by chance.",
            caption,
            alt.alt_placebos(model),
            lambda width: among_placebos(finding, model.names, width=width),
        )
    placebos = net_tables.placebos_table(model)
    if placebos is not None:
        tables.append(placebos)
    return Section("rests", "What the net figures rest on", paragraphs, figure, tuple(tables))
