"""A supplier's share of a loss that is not known, and of none, are told apart."""

from dataclasses import replace

from brief_fixture import SUPPLIERS, finding_of

from stopgap.measures.backfill.results import Finding
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.episode.suppliers_table import suppliers_table

MEMBERS = {"DEU": (4.0, 7.0), "FRA": (2.0, 2.0)}  # sold more, or as much


def shares_missing(finding: Finding) -> set[str]:
    shown = suppliers_table(finding, {}, EpisodeQuery(finding.episode))
    at = [column.heading for column in shown.columns].index("Of the loss")
    return {row[at].missing for row in shown.rows}


def test_of_no_loss_and_of_one_that_is_not_known() -> None:
    nothing_lost = finding_of(SUPPLIERS, MEMBERS)
    assert nothing_lost.suspended.loss_usd < 0
    assert shares_missing(nothing_lost) == {"no loss"}
    assert shares_missing(finding_of(SUPPLIERS, {})) == {"loss not known"}
    silent = replace(nothing_lost.coverage, missing_reporters=tuple(MEMBERS))
    assert shares_missing(replace(nothing_lost, coverage=silent)) == {"loss not known"}
