"""Months at which a source changes how its figures are made, so that levels before and after do not compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.base.notes import Effect, Note
from stopgap.base.vocab import Report
from stopgap.panel.silence import LISTED, some_of

_ONE_SIDE = (
    "to 2021 reconciled from the reports of both sides, from 2022 from the other side's alone, as Russia publishes none by "
    "partner"
)


@dataclass(frozen=True)
class SourceBreak:
    """A change in how a source makes the figures of a pair.

    Attributes:
        source: Source as in ``trade.source``.
        reporter: ISO3 code of the reporter; ``None`` for every reporter.
        partner: ISO3 code of the partner; ``None`` for every partner.
        at: First month of the figures made otherwise, ``YYYY-MM``.
        what: What changed, and which way a comparison across it errs where that is known.
    """

    source: str
    reporter: str | None
    partner: str | None
    at: str
    what: str

    def is_of(self, source: str, reporter: str, partner: str) -> bool:
        """Whether the figures of a pair, in this direction, are made otherwise from ``at`` on."""
        return self.source == source and self.reporter in (None, reporter) and self.partner in (None, partner)


RECONCILED = frozenset({"baci"})
"""Sources whose figures are reconciled from the reports of both sides, and are no report of one."""

SOURCE_BREAKS = (
    SourceBreak(
        "baci",
        "CHN",
        "RUS",
        "2022-01",
        "to 2021 reconciled from the reports of China and Russia, from 2022 from China's alone; for machinery and electronics "
        "the figures of 2020 and 2021 are 16 to 20 % above China's own report and those of 2022 and 2023 equal it, so a rise "
        "across 2022 is understated",
    ),
    SourceBreak("baci", None, "RUS", "2022-01", _ONE_SIDE),
    SourceBreak("baci", "RUS", None, "2022-01", _ONE_SIDE),
)
"""Known breaks; of several of one pair and month the first holds.

BACI reconciles the reports of both sides, so its figures of a pair break where one side stops to report.
"""


def breaks_between(
    source: str, reporter: str, partner: str, first_month: str, last_month: str
) -> tuple[SourceBreak, ...]:
    """Return the breaks of a pair's figures after the first of two months and up to the last, each ``YYYY-MM``."""
    found: dict[str, SourceBreak] = {}
    for each in SOURCE_BREAKS:
        if each.is_of(source, reporter, partner) and first_month < each.at <= last_month:
            found.setdefault(each.at, each)
    return tuple(found[at] for at in sorted(found))


def break_warnings(
    chosen: Mapping[str, str], target: str, report: Report, *, first_month: str, last_month: str
) -> list[str]:
    """Return one warning for each break within the months examined, with the suppliers whose figures it cuts.

    ``chosen`` holds the source of each supplier.
    """
    cut: dict[SourceBreak, list[str]] = {}
    for supplier, source in sorted(chosen.items()):
        pair = (target, supplier) if report is Report.MIRROR else (supplier, target)
        for each in breaks_between(source, *pair, first_month, last_month):
            cut.setdefault(each, []).append(supplier)
    return [
        Note(
            f"figures of {each.source} are made otherwise from {each.at}, between the windows or within one ({each.what}): "
            + some_of(names, LISTED),
            Effect.MODEL,
            short=f"figures of {each.source} are made otherwise from {each.at}, so changes across it are partly of the "
            f"source: {some_of(names, 5)}",
        )
        for each, names in cut.items()
    ]
