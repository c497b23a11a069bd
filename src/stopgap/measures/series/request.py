"""Options of ``stopgap series``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import AS_OF, Completes, Option
from stopgap.base.vocab import Flow, Frequency
from stopgap.codes.code_text import joined_codes
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.episodes import add_months
from stopgap.panel.period_text import FORMS, did_you_mean_span, months_of, span_of


class SeriesBy(StrEnum):
    """Length of a period."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


LENGTHS = {SeriesBy.YEAR: 12, SeriesBy.QUARTER: 3, SeriesBy.MONTH: 1}
"""Months of a period."""


class SeriesOf(StrEnum):
    """What growth, index and chart are of."""

    VALUE = "value"
    WEIGHT = "weight"
    QUANTITY = "quantity"
    UNIT_VALUE = "unit-value"


class SeriesFlow(StrEnum):
    """Direction of the trade, seen from the economies under ``--from``."""

    EXPORT = "X"
    IMPORT = "M"


class ReportSide(StrEnum):
    """Whose report of the trade is read."""

    EXPORTER = "exporter"
    IMPORTER = "importer"


@dataclass(frozen=True)
class SeriesOptions:
    """Options of a series, parsed: who, what, when and in which form.

    Attributes:
        reporters: Economies, groups and aggregates whose trade it is, as they were asked for.
        partners: Those that they trade with.
        goods: Goods list by name, file or codes; ``None`` for all goods.
        flow: Export or import, seen from ``reporters``.
        report: Side whose report is read.
        index: First and last month of the base period of the index.
        span: First and last month to show; ``None`` for all that the lake holds.
    """

    reporters: tuple[str, ...]
    partners: tuple[str, ...]
    goods: str | None
    flow: Flow
    report: ReportSide
    by: SeriesBy
    growth: bool
    index: tuple[str, str] | None
    of: SeriesOf
    currency: str
    span: tuple[str, str] | None
    frequency: Frequency | None
    as_of: str | None

    @property
    def reported_flow(self) -> Flow:
        """Flow under which the reporting side reports the trade."""
        return Flow.EXPORT if self.report is ReportSide.EXPORTER else Flow.IMPORT

    @property
    def is_own_report(self) -> bool:
        """Whether the economies under ``reporters`` report it, not their partners."""
        return self.reported_flow is self.flow


_ECONOMIES = "Economies (ISO3 or name), groups such as EU27 or PRC, or aggregates, with commas between"


@dataclass(frozen=True, kw_only=True)
class SeriesRequest(EngineRequest):
    """Options of trade by period.

    Raises:
        UsageError: A choice is unknown, a period cannot be read, or nobody is named.
    """

    reporters: Annotated[
        str | Sequence[str],
        Option(f"{_ECONOMIES}: whose trade it is.", metavar="ECONOMIES", flag="--from", completes=Completes.ECONOMY),
    ]
    partners: Annotated[
        str | Sequence[str],
        Option(f"{_ECONOMIES}: whom they trade with.", metavar="ECONOMIES", flag="--to", completes=Completes.ECONOMY),
    ]
    goods: Annotated[
        str | Sequence[str],
        Option(
            "Goods list by name (stopgap goods), file, or codes such as 8542,845710; TOTAL for all.",
            metavar="LIST",
            completes=Completes.GOODS,
        ),
    ] = "TOTAL"
    flow: Annotated[
        str, Option("X: exports from --from to --to. M: imports of --from from --to.", choices=SeriesFlow)
    ] = SeriesFlow.EXPORT
    report: Annotated[
        str | None, Option("Whose report is read (default: that of the economies under --from).", choices=ReportSide)
    ] = None
    by: Annotated[str, Option("Length of a period.", choices=SeriesBy)] = SeriesBy.YEAR
    growth: Annotated[bool, Option("Add growth against the year before, or the same quarter or month of it.")] = False
    index: Annotated[str | None, Option("Add an index that is 100 in this period.", metavar="PERIOD")] = None
    of: Annotated[str, Option("What growth, index and chart are of.", choices=SeriesOf)] = SeriesOf.VALUE
    currency: Annotated[
        str,
        Option(
            "USD, or the currency in which the source reports, such as EUR; nothing is converted to it.", metavar="CODE"
        ),
    ] = "USD"
    period: Annotated[
        str | None,
        Option("Years, quarters or months to show, such as 2019:2024 (default: all in the lake).", metavar="FROM:TO"),
    ] = None
    frequency: Annotated[
        str | None,
        Option(
            "Annual (A) or monthly (M) figures (default: those with more whole periods, monthly if equal).",
            choices=Frequency,
        ),
    ] = None
    as_of: Annotated[str | None, AS_OF] = None

    def options(self) -> SeriesOptions:
        """Return the options parsed."""
        flow = Flow(_choice(self.flow, SeriesFlow, "--flow"))
        own = ReportSide.EXPORTER if flow is Flow.EXPORT else ReportSide.IMPORTER
        by = SeriesBy(_choice(self.by, SeriesBy, "--by"))
        frequency = None if self.frequency is None else Frequency(_choice(self.frequency, Frequency, "--frequency"))
        if frequency is Frequency.ANNUAL and by is not SeriesBy.YEAR:
            raise UsageError(f"annual figures have no {by}s", where="--frequency, --by", fix="use --by year, or M")
        goods = joined_codes(self.goods) or ""
        return SeriesOptions(
            reporters=_entries(self.reporters, "--from"),
            partners=_entries(self.partners, "--to"),
            goods=None if goods.strip().upper() == "TOTAL" else goods,
            flow=flow,
            report=own if self.report is None else ReportSide(_choice(self.report, ReportSide, "--report")),
            by=by,
            growth=self.growth,
            index=None if self.index is None else _base(self.index, by),
            of=SeriesOf(_choice(self.of, SeriesOf, "--of")),
            currency=_currency(self.currency),
            span=None if self.period is None else _span(self.period, by),
            frequency=frequency,
            as_of=self.as_of,
        )


def _choice(value: str, choices: type[StrEnum], option: str) -> str:
    if value not in list(choices):
        raise UsageError(f"{value!r} is not a choice", where=option, fix=f"use {', '.join(choices)}")
    return value


def _entries(given: str | Sequence[str], option: str) -> tuple[str, ...]:
    texts = given.split(",") if isinstance(given, str) else list(given)
    found = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not found:
        raise UsageError("no economy is named", where=option, fix="name economies or groups, such as EU27 or DEU,FRA")
    return found


def _base(text: str, by: SeriesBy) -> tuple[str, str]:
    months = months_of(text)
    if months is None:
        raise UsageError(f"{text!r} is not a period", where="--index", fix=f"{did_you_mean_span(text)}Give {FORMS}")
    if not _is_whole(months, by) or add_months(months[0], LENGTHS[by] - 1) != months[1]:
        raise UsageError(f"{text!r} is not one {by}", where="--index, --by", fix=f"give the base as one {by}")
    return months


def _span(text: str, by: SeriesBy) -> tuple[str, str]:
    months = span_of(text)
    if months is None:
        fix = f"{did_you_mean_span(text)}Give FROM:TO, such as 2019:2024 or 2022Q1:2023Q4"
        raise UsageError(f"{text!r} is not a span", where="--period", fix=fix)
    if not _is_whole(months, by):
        raise UsageError(f"{text!r} cuts a {by}", where="--period, --by", fix=f"begin and end it with a whole {by}")
    return months


def _is_whole(months: tuple[str, str], by: SeriesBy) -> bool:
    """Whether a span begins with the first month of a period, and ends with the last of one."""
    length = LENGTHS[by]
    return (int(months[0][5:]) - 1) % length == 0 and int(months[1][5:]) % length == 0


def _currency(text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise UsageError(
            f"{text!r} is not a currency",
            where="--currency",
            fix="write USD, or its code of three letters, such as EUR",
        )
    return code
