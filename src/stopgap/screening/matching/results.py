"""Queries to the sanctions lists, and the matches found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stopgap.screening.entities import Identifier, NameKind


@dataclass(frozen=True, slots=True)
class ScreenQuery:
    """A company or vessel to look up; unknown fields are left empty.

    Attributes:
        name: Name as the user gives it, in any script.
        countries: ISO3 codes.
        identifiers: Register numbers.
        schema: FollowTheMoney schema.
    """

    name: str
    countries: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """One piece of evidence for or against a match, described in ``says``.

    Attributes:
        score: Its value, 0 to 1 (never NaN: evidence that could not be compared has no row).
        weight: Its contribution to the log odds of "the same company"; negative is evidence against.
    """

    feature: str
    score: float
    weight: float
    says: str


@dataclass(frozen=True, slots=True)
class Match:
    """A listed entity that may be the queried one.

    Attributes:
        list_date: Day of the list's edition, ``YYYY-MM-DD``; ``None`` if unknown.
        name: The entry's own name.
        matched_name: The entry's name most similar to the query.
        matched_kind: Category that the list gives to that name.
        score: Probability that both are the same company, 0 to 1, to nine decimals; the digits behind them order equal ones.
        rank: Rank among the query's matches; 1 is the best.
        features: Evidence for and against the match, largest weight first; empty unless requested.
        alerts: Whether the score reaches the threshold on more evidence than a weak alias.
        is_other_kind: Whether it is of another kind than what was looked up, such as a vessel for a company.
    """

    entity_id: str
    list: str
    list_date: str | None
    name: str
    matched_name: str
    matched_kind: NameKind
    score: float
    rank: int
    features: tuple[FeatureScore, ...] = ()
    alerts: bool = False
    is_other_kind: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that ``screen --format json`` prints."""
        return {**asdict(self), "matched_kind": self.matched_kind.value}
