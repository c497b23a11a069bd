"""Write simulated declarations to files: the lines, their mapping, a list of companies, a register, and the truth.

Sellers are drawn and written one after another, so memory grows with the companies and not with the lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stopgap.simulate.declarations import (
    BYSTANDER,
    COVER,
    DECOYS,
    Market,
    Selling,
    SimulatedCompany,
    company_of,
    make_market,
    selling_of,
)
from stopgap.simulate.declarations_lines import Lines, lines_of
from stopgap.simulate.plan import Array, Plan
from stopgap.simulate.rows import FileSeries, Progress, write_csv

VERSION = 1
"""Version of the simulated declarations; increased whenever the same options would give other declarations."""

LINES_PER_FILE = 2_000_000
PLAIN_LINES = 1_000_000
"""Up to this many lines the file is plain text; above, files are numbered and compressed."""

HEADER = (
    "declaration_number,line_number,declaration_date,direction,sender_name,sender_tax_number,sender_address,"
    "sender_country,receiver_name,receiver_tax_number,receiver_address,receiver_country,consignee_name,"
    "consignee_tax_number,consignee_address,declarant_name,country_of_origin,departure_country,"
    "destination_country,tariff_code,goods_description,invoice_value,invoice_currency,net_weight_kg\n"
)

MAPPING = """\
source: simulated-customs
table: declarations
title: Simulated customs declarations of a simulated world
terms: simulated; free to use
document: declaration
key: [declaration, item]
date: {column: declaration_date, format: YYYY-MM-DD}
declaration: declaration_number
item: line_number
flow: {column: direction, map: {import: M, export: X}}
exporter: sender_name
exporter_id: sender_tax_number
exporter_address: sender_address
exporter_economy: sender_country
importer: receiver_name
importer_id: receiver_tax_number
importer_address: receiver_address
importer_economy: receiver_country
consignee: consignee_name
consignee_id: consignee_tax_number
consignee_address: consignee_address
declarant: declarant_name
made_in: country_of_origin
shipped_from: departure_country
shipped_to: destination_country
good: tariff_code
description: goods_description
value: {column: invoice_value, currency: {column: invoice_currency}, zero: missing}
net_kg: net_weight_kg
"""

MAPPING_FILE, LIST_FILE, REGISTER_FILE = "declarations.yml", "listed.csv", "register.csv"

PARTIES = ("exporter", "importer", "consignee")
_SUMS = ("value_usd", "through_hubs_usd", "coalition_made_usd", "route_unknown_usd", "lines", "lines_without_value")
_NEVER = 10**9


@dataclass(frozen=True)
class WrittenDeclarations:
    """The declaration files written with a world, and their section of ``truth.json``."""

    files: tuple[Path, ...]
    truth: dict[str, Any]


def write_declarations(
    plan: Plan, trade_usd: Array, lines: int, folder: Path, *, progress: Progress = lambda text, share: None
) -> WrittenDeclarations:
    """Write about ``lines`` declaration lines of a world, with their mapping, list of companies and register.

    ``trade_usd`` are exports to the target as written in its figures, (economies, goods, periods). Lines are fewer
    where an economy sells none of a company's goods.
    """
    market = make_market(plan, lines)
    companies = [company_of(market, number) for number in range(market.count)]
    planted = Planted(plan, companies)
    quoted = [
        ([_quoted(spelling.text) for spelling in company.spellings], _quoted(company.address)) for company in companies
    ]
    compressed = lines > PLAIN_LINES
    sink = FileSeries(folder, "declarations", HEADER.encode(), LINES_PER_FILE, compressed, is_numbered=compressed)
    try:
        for company, count in zip(companies, market.line_counts(), strict=True):
            selling = selling_of(market, company.number)
            if selling is None:
                continue
            drawn = lines_of(market, company, selling, companies, trade_usd, int(count))
            if drawn is None:
                continue
            sink.write(_text(market, company, selling, companies, quoted, drawn).encode(), len(drawn))
            sink.end_of_supplier()
            planted.add(company, selling, drawn)
            progress("declarations written", (company.number + 1) / market.count)
    finally:
        sink.close()
    (folder / MAPPING_FILE).write_text(MAPPING, "utf-8", newline="\n")
    # The planted companies, under one of their names, and others that declare nothing.
    decoys = [company_of(market, number) for number in range(market.count, market.count + DECOYS)]
    listed = [company for company in (*companies, *decoys) if company.listed_as is not None]
    columns = ["entity_id", "name", "alias", "schema", "country", "identifier"]
    write_csv(folder / LIST_FILE, columns, [_entry(company, plan.names.economies) for company in listed])
    registered = [
        [company.identifier, company.spellings[0].text, company.founded_on.isoformat()]
        for company in companies
        if company.in_register and company.part != BYSTANDER
    ]
    write_csv(folder / REGISTER_FILE, ["identifier", "name", "founded_on"], registered)
    return WrittenDeclarations(tuple(sink.files), planted.truth(lines, sink.rows))


def _quoted(text: str) -> str:
    """Return a text as a CSV cell, in quotation marks where needed."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def _text(
    market: Market,
    company: SimulatedCompany,
    selling: Selling,
    companies: list[SimulatedCompany],
    quoted: list[tuple[list[str], str]],
    lines: Lines,
) -> str:
    """Return a seller's lines as CSV rows."""
    names = market.plan.names
    economies = (*names.economies, "")  # -1: not stated
    home = names.economies[company.economy]
    bound_for = names.economies[selling.destination]
    descriptions = [_quoted(text.replace("\n", " ")) for text in names.descriptions]
    broker = f"Broker Office {selling.declarant:04d}"
    names_of, address = quoted[company.number]
    columns = zip(*(getattr(lines, name).tolist() for name in Lines.__dataclass_fields__), strict=True)
    rows = []
    for (
        document, item, period, month, day, good, digits, suffix, value, kilograms, made_in, shipped_from, importer,
        consignee, spelling, importer_spelling, consignee_spelling, has_id, importer_has_id, consignee_has_id,
        has_address,
    ) in columns:  # fmt: skip
        start = names.periods[period]
        code = (names.goods[good] + f"{suffix:04d}")[:digits]
        buyer, buyer_names = companies[importer], quoted[importer]
        user = ",,,"
        if consignee >= 0:
            user_names = quoted[consignee]
            user = (
                f"{user_names[0][consignee_spelling]},{companies[consignee].identifier if consignee_has_id else ''},"
                f"{user_names[1] if has_address else ''},"
            )
        rows.append(
            f"SIM/{company.number:05d}/{document:06d},{item},{start.year}-{start.month + month:02d}-{day:02d},import,"
            f"{names_of[spelling]},{company.identifier if has_id else ''},{address if has_address else ''},{home},"
            f"{buyer_names[0][importer_spelling]},{buyer.identifier if importer_has_id else ''},"
            f"{buyer_names[1] if has_address else ''},{bound_for},{user}{broker},"
            f"{economies[made_in]},{economies[shipped_from]},{bound_for},{code},{descriptions[good]},"
            f"{'' if value != value else f'{value:.2f}'},USD,{'' if kilograms != kilograms else f'{kilograms:.3f}'}\n"
        )
    return "".join(rows)


def _entry(company: SimulatedCompany, economies: tuple[str, ...]) -> list[str | None]:
    """Return a company's row of the list: every third states the register number, every second an alias."""
    alias = company.spellings[1].text if len(company.spellings) > 1 and company.number % 2 else ""
    number = company.identifier if company.number % 3 == 0 else ""
    return [company.listed_as, company.spellings[0].text, alias, "Company", economies[company.economy], number]


class Planted:
    """Sums over lines of listed goods bound for the target in the after-window, by company and its role as a party."""

    def __init__(self, plan: Plan, companies: list[SimulatedCompany]) -> None:
        self.plan, self.companies = plan, companies
        self.sums = {name: np.zeros((len(PARTIES), len(companies))) for name in _SUMS}
        # Days of all lines of the list's goods bound for the target, the after-window's or not.
        self.first = np.full((len(PARTIES), len(companies)), _NEVER, dtype=np.int64)
        self.last = np.full((len(PARTIES), len(companies)), -1, dtype=np.int64)
        self.too_short = 0

    def add(self, company: SimulatedCompany, selling: Selling, lines: Lines) -> None:
        """Add the lines of one seller to the sums."""
        plan = self.plan
        is_wanted = (lines.good < plan.spec.sanctioned_goods) & (selling.destination == 0)
        in_window = lines.period >= plan.after.start
        self.too_short += int((is_wanted & in_window & (lines.digits < 6)).sum())
        is_wanted &= lines.digits >= 6
        starts = np.array([day.year * 372 + (day.month - 1) * 31 for day in plan.names.periods])
        day = starts[lines.period] + lines.month * 31 + lines.day - 1
        is_hub = np.zeros(plan.spec.economies + 1, dtype=bool)
        is_hub[plan.roles.hubs] = True
        is_member = np.zeros(plan.spec.economies + 1, dtype=bool)
        is_member[plan.roles.members] = True
        hub = np.where(is_hub[lines.shipped_from], lines.shipped_from, company.economy)
        past_hub = is_hub[hub]
        unknown = past_hub & (lines.made_in < 0)
        through = past_hub & ~unknown & (lines.made_in != hub)
        value = np.nan_to_num(lines.value_usd)
        figures = {
            "value_usd": value,
            "through_hubs_usd": value * through,
            "coalition_made_usd": value * (through & is_member[lines.made_in]),
            "route_unknown_usd": value * unknown,
            "lines": np.ones(len(lines)),
            "lines_without_value": np.isnan(lines.value_usd).astype(float),
        }
        seller = np.full(len(lines), company.number, dtype=np.intp)
        for party, numbers in enumerate((seller, lines.importer, lines.consignee)):
            named = is_wanted & (numbers >= 0)
            np.minimum.at(self.first[party], numbers[named], day[named])
            np.maximum.at(self.last[party], numbers[named], day[named])
            counted = named & in_window
            for name, figure in figures.items():
                np.add.at(self.sums[name][party], numbers[counted], figure[counted])

    def truth(self, asked: int, written: int) -> dict[str, Any]:
        """Return the section of ``truth.json`` about the declarations."""
        whole = {name: float(np.round(sums[0].sum(), 2)) for name, sums in self.sums.items()}
        clusters: dict[int, list[str]] = {}
        for company in self.companies:
            if company.cluster is not None:
                clusters.setdefault(company.cluster, []).append(company.code)
        return {
            "version": VERSION,
            "asked_lines": asked,
            "lines": written,
            "window": self.plan.months_of(self.plan.after),
            "cover_share": COVER,
            "totals": {
                **{name: value for name, value in whole.items() if name.endswith("_usd")},
                "lines": int(whole["lines"]),
                "lines_without_value": int(whole["lines_without_value"]),
                "lines_with_short_codes": self.too_short,
            },
            "companies": [self._company(company) for company in self.companies],
            "clusters": list(clusters.values()),
        }

    def _company(self, company: SimulatedCompany) -> dict[str, Any]:
        return {
            "company": company.code,
            "part": company.part,
            "economy": self.plan.names.economies[company.economy],
            "name": company.spellings[0].text,
            "identifier": company.identifier,
            "aliases": [
                {"name": spelling.text, "script": spelling.script, "noise": list(spelling.noises)}
                for spelling in company.spellings
            ],
            "listed_as": company.listed_as,
            "founded_on": company.founded_on.isoformat(),
            "in_register": company.in_register,
            "parties": {
                name: found for place, name in enumerate(PARTIES) if (found := self._party(place, company.number))
            },
        }

    def _party(self, party: int, number: int) -> dict[str, Any] | None:
        if self.last[party, number] < 0:
            return None
        sums = {name: figure[party, number] for name, figure in self.sums.items()}
        return {
            **{name: float(np.round(value, 2)) for name, value in sums.items() if name.endswith("_usd")},
            "lines": int(sums["lines"]),
            "lines_without_value": int(sums["lines_without_value"]),
            "first_seen": _day(int(self.first[party, number])),
            "last_seen": _day(int(self.last[party, number])),
        }


def _day(number: int) -> str:
    """Convert a day number that counts 31 days in every month to ``YYYY-MM-DD``."""
    return f"{number // 372}-{number % 372 // 31 + 1:02d}-{number % 31 + 1:02d}"
