"""Simulated declarations as files: the lines, their mapping, a list of companies, a register, and the truth.

One seller after another is drawn and written, so memory grows with the companies and not with the lines.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stopgap.simulate.declarations import (
    BYSTANDER,
    DECOYS,
    Market,
    Selling,
    SimulatedCompany,
    company_of,
    make_market,
    selling_of,
)
from stopgap.simulate.declarations_lines import Lines, lines_of
from stopgap.simulate.declarations_truth import Planted
from stopgap.simulate.plan import Array, Plan

LINES_PER_FILE = 2_000_000
PLAIN_LINES = 1_000_000
"""Up to so many lines the file is plain text; above, files are numbered and compressed."""

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
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class WrittenDeclarations:
    """What was written beside a world.

    Attributes:
        files: Files of lines.
        lines: Lines in them.
        truth: What ``truth.json`` says of them.
    """

    files: tuple[Path, ...]
    lines: int
    truth: dict[str, Any]


class _Sink:
    """One file of lines after another; the same bytes for the same world."""

    def __init__(self, folder: Path, lines: int) -> None:
        self.folder, self.compressed = folder, lines > PLAIN_LINES
        self.files: list[Path] = []
        self._in_file = 0
        self._open: list[IO[bytes]] = []

    def write(self, text: str, lines: int) -> None:
        if not self._open or self._in_file >= LINES_PER_FILE:
            self._start()
        self._open[0].write(text.encode())
        self._in_file += lines

    def _start(self) -> None:
        self.close()
        name = f"declarations-{len(self.files) + 1:03d}.csv.gz" if self.compressed else "declarations.csv"
        self.files.append(self.folder / name)
        raw = self.files[-1].open("xb")
        self._open = [raw]
        if self.compressed:
            # No name and no time in the head.
            self._open.insert(0, gzip.GzipFile("", "wb", 4, raw, mtime=0))  # type: ignore[arg-type]
        self._open[0].write(HEADER.encode())
        self._in_file = 0

    def close(self) -> None:
        for stream in self._open:
            stream.close()
        self._open = []


def write_declarations(
    plan: Plan, trade_usd: Array, lines: int, folder: Path, *, progress: Progress = lambda text, share: None
) -> WrittenDeclarations:
    """Write the declarations of a world, its mapping, its list and its register.

    Args:
        plan: The world.
        trade_usd: Exports to the target as written in its figures, (economies, goods, periods).
        lines: About how many lines; fewer where an economy sells none of a company's goods.
        folder: Folder of the world.
        progress: Told the share done.
    """
    market = make_market(plan, lines)
    companies = [company_of(market, number) for number in range(market.count)]
    planted = Planted(plan, companies)
    quoted = [
        ([_quoted(spelling.text) for spelling in company.spellings], _quoted(company.address)) for company in companies
    ]
    sink = _Sink(folder, lines)
    written = 0
    try:
        for company, count in zip(companies, market.line_counts(), strict=True):
            selling = selling_of(market, company.number)
            if selling is None:
                continue
            drawn = lines_of(market, company, selling, companies, trade_usd, int(count))
            if drawn is None:
                continue
            sink.write(_text(market, company, selling, companies, quoted, drawn), len(drawn))
            planted.add(company, selling, drawn)
            written += len(drawn)
            progress("declarations written", (company.number + 1) / market.count)
    finally:
        sink.close()
    (folder / MAPPING_FILE).write_text(MAPPING, "utf-8", newline="\n")
    _write_list(market, companies, folder / LIST_FILE)
    _write_register(companies, folder / REGISTER_FILE)
    return WrittenDeclarations(tuple(sink.files), written, planted.truth(lines, written))


def _quoted(text: str) -> str:
    """A cell of a CSV file."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def _text(
    market: Market,
    company: SimulatedCompany,
    selling: Selling,
    companies: list[SimulatedCompany],
    quoted: list[tuple[list[str], str]],
    lines: Lines,
) -> str:
    """Rows of CSV."""
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


def _write_list(market: Market, companies: list[SimulatedCompany], path: Path) -> None:
    """A list of companies: the planted ones under one of their names, and others that declare nothing."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["entity_id", "name", "alias", "schema", "country", "identifier"])
    economies = market.plan.names.economies
    decoys = [company_of(market, number) for number in range(market.count, market.count + DECOYS)]
    for company in (*companies, *decoys):
        if company.listed_as is not None:
            table.writerow(_entry(company, company.listed_as, economies[company.economy]))
    path.write_text(text.getvalue(), "utf-8", newline="\n")


def _entry(company: SimulatedCompany, entity_id: str, economy: str) -> list[str]:
    """A row of the list: every third names the company's number, every second another spelling too."""
    alias = company.spellings[1].text if len(company.spellings) > 1 and company.number % 2 else ""
    number = company.identifier if company.number % 3 == 0 else ""
    return [entity_id, company.spellings[0].text, alias, "Company", economy, number]


def _write_register(companies: list[SimulatedCompany], path: Path) -> None:
    """Days of registration of the companies that the register has; bystanders too."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["identifier", "name", "founded_on"])
    for company in companies:
        if company.in_register and company.part != BYSTANDER:
            table.writerow([company.identifier, company.spellings[0].text, company.founded_on.isoformat()])
    path.write_text(text.getvalue(), "utf-8", newline="\n")
