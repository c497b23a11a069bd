"""Results of a comparison of two packs: as JSON, as a table, and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stopgap.base.marking import Marking
from stopgap.evidence.compare.causes import ROWS, Cause
from stopgap.evidence.compare.effects import EFFECTS
from stopgap.evidence.compare.numbers import HEADLINE, NumberDifference, money, said
from stopgap.evidence.compare.rows import RowsCompared, SupplierRows
from stopgap.evidence.compare.verdicts import AlertDifference, VerdictDifference

_SHOWN = 5


@dataclass(frozen=True)
class PackLabel:
    """Identification of a compared pack.

    Attributes:
        origin: Name of the key that signed it.
        as_of: Vintage of its author's lake.
        made_at: Time of the last change of the lake that the pack includes.
    """

    name: str
    origin: str
    fingerprint: str
    as_of: str
    made_at: str
    marking: Marking

    def as_dict(self) -> dict[str, Any]:
        """Return the label as a JSON object."""
        return {**asdict(self), "marking": self.marking.as_dict()}


@dataclass(frozen=True)
class Unpaired:
    """A finding or extract without a counterpart in the other pack, with the fields by which findings are paired."""

    finding_id: str
    kind: str
    named: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the finding's id, kind and key fields as a JSON object."""
        return {"finding_id": self.finding_id, "kind": self.kind, **self.named}


@dataclass(frozen=True)
class Pair:
    """Comparison of two findings with the same episode, target, direction, goods, report, frequency and route.

    Attributes:
        named: These shared fields.
        marking: The stricter of both packs' markings.
        compared: How many numbers were compared.
        numbers: Numbers that differ, headline figures first.
        causes: Causes of the differences, in the order of :data:`stopgap.evidence.compare.causes.CAUSES`.
        rows: Comparison of their trade rows; ``None`` where a pack does not contain them.
        cannot: What could not be determined, and why, one sentence each.
    """

    named: Mapping[str, str]
    one_id: str
    other_id: str
    marking: Marking
    compared: int
    numbers: tuple[NumberDifference, ...]
    causes: tuple[Cause, ...]
    rows: RowsCompared | None
    cannot: tuple[str, ...]

    @property
    def title(self) -> str:
        """Description of the pair in one line."""
        return _title(self.named)

    def as_dict(self) -> dict[str, Any]:
        """Return the pair as a JSON object."""
        return {
            **self.named,
            "one_finding_id": self.one_id,
            "other_finding_id": self.other_id,
            "marking": self.marking.as_dict(),
            "numbers_compared": self.compared,
            "numbers": [each.as_dict() for each in self.numbers],
            "causes": [each.as_dict() for each in self.causes],
            "rows": None if self.rows is None else self.rows.as_dict(),
            "cannot": list(self.cannot),
        }

    def lines(self) -> Iterator[str]:
        """Yield the comparison in sentences, one a line."""
        if not self.numbers:
            yield f"{self.title}: all {self.compared} numbers agree"
        else:
            yield f"{self.title}: {len(self.numbers)} of {self.compared} numbers differ"
            yield from (f"  {_number_says(each)}" for each in _chosen(self.numbers))
        for cause in self.causes:
            yield from (f"  {cause.name}: {sentence}" for sentence in cause.says)
        if self.numbers and not self.causes:
            yield "  no cause is found: goods list, method, files and rows are the same"
        yield from (f"  {sentence}" for sentence in self.cannot)


@dataclass(frozen=True)
class Comparison:
    """Comparison of two packs, called ONE and OTHER in sentences; differences are ``other`` minus ``one``.

    Attributes:
        marking: The stricter of both markings.
        same_bytes: Whether they contain the same files with the same bytes, and so the same signature.
        pairs: Findings that both packs have.
        only_one: Findings of the first pack only.
        only_other: Findings of the second pack only.
        verdicts: Statements whose verdicts or estimates differ.
        alerts: Alerts that differ.
        redaction: What either pack withholds; ``None`` where nothing.
    """

    one: PackLabel
    other: PackLabel
    marking: Marking
    same_bytes: bool
    pairs: tuple[Pair, ...]
    only_one: tuple[Unpaired, ...]
    only_other: tuple[Unpaired, ...]
    verdicts: tuple[VerdictDifference, ...]
    alerts: tuple[AlertDifference, ...]
    redaction: Cause | None

    @property
    def agrees(self) -> bool:
        """Whether both packs have the same findings, numbers, verdicts and alerts."""
        differ = (*self.only_one, *self.only_other, *self.verdicts, *self.alerts)
        return not differ and not any(pair.numbers for pair in self.pairs)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        lists = ("pairs", "only_one", "only_other", "verdicts", "alerts")
        return {
            "one": self.one.as_dict(),
            "other": self.other.as_dict(),
            "marking": self.marking.as_dict(),
            "same_bytes": self.same_bytes,
            "agrees": self.agrees,
            **{name: [each.as_dict() for each in getattr(self, name)] for name in lists},
            "redaction": None if self.redaction is None else self.redaction.as_dict(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each number that differs, with :data:`TABLE_COLUMNS`."""
        return [
            {
                "episode": pair.named["episode"],
                "goods": pair.named["goods"],
                "number": each.path,
                "unit": each.unit,
                "one": each.one,
                "other": each.other,
                "difference": each.difference,
                "relative_difference": each.relative,
                **{_column(cause): each.effects.get(cause, 0.0) if each.effects else None for cause in EFFECTS},
                "causes": ", ".join(cause.name for cause in pair.causes) or None,
            }
            for pair in self.pairs
            for each in pair.numbers
        ]

    def table(self) -> Any:
        """Return :meth:`rows` as an Arrow table; it has all columns even without rows."""
        import pyarrow as pa

        texts = ("episode", "goods", "number", "unit", "causes")
        schema = pa.schema([(name, pa.string() if name in texts else pa.float64()) for name in TABLE_COLUMNS])
        return pa.Table.from_pylist(self.rows(), schema=schema)

    def lines(self) -> list[str]:
        """Return the comparison in sentences, one a line."""
        return [*self._lines()]

    def _lines(self) -> Iterator[str]:
        for side, pack in (("ONE", self.one), ("OTHER", self.other)):
            yield f"{side}: {pack.name} of {pack.origin}, vintage {pack.as_of}, evidence up to {pack.made_at}"
        if self.same_bytes:
            yield "they are the same pack, byte for byte"
            return
        if self.agrees:
            yield "both say the same: every number, verdict and alert agrees"
        for pair in self.pairs:
            yield from pair.lines()
        for side, alone in (("ONE", self.only_one), ("OTHER", self.only_other)):
            yield from (f"in {side} alone: {_title(each.named)}" for each in alone)
        yield from (f"verdict: {each.says}" for each in self.verdicts)
        yield from (f"alert: {each.says}" for each in self.alerts)
        if self.redaction is not None:
            yield from (f"{self.redaction.name}: {sentence}" for sentence in self.redaction.says)


def _title(named: Mapping[str, str]) -> str:
    return f"{named['episode']}, {named['goods']} ({named['frequency']}, {named['report']}'s report, {named['route']})"


def _column(cause: str) -> str:
    return f"by_{cause.replace(' ', '_')}"


TABLE_COLUMNS = (
    "episode", "goods", "number", "unit", "one", "other", "difference", "relative_difference",
    *map(_column, EFFECTS), "causes",
)  # fmt: skip


def rows_cause(rows: RowsCompared) -> Cause | None:
    """Return the cause that the trade rows differ, with counts and sums by supplier; ``None`` if they do not."""
    found = rows.changed + rows.only_one.get(ROWS, 0) + rows.only_other.get(ROWS, 0)
    if not found:
        return None
    says = [
        f"rows with other values {rows.changed:,}, in ONE alone {rows.only_one.get(ROWS, 0):,}, in OTHER alone "
        f"{rows.only_other.get(ROWS, 0):,}, the same {rows.same:,}"
    ]
    says += [_supplier_says(each) for each in rows.by_supplier[:_SHOWN]]
    if len(rows.by_supplier) > _SHOWN:
        says.append(f"and rows of {len(rows.by_supplier) - _SHOWN} more suppliers")
    return Cause(ROWS, tuple(says), {"changed": rows.changed, "same": rows.same, "suppliers": len(rows.by_supplier)})


def _supplier_says(rows: SupplierRows) -> str:
    parts = []
    if rows.changed:
        parts.append(f"{rows.changed} with other values ({_signed(rows.changed_usd)} in all)")
    if rows.only_one:
        parts.append(f"{rows.only_one} in ONE alone ({money(rows.only_one_usd)})")
    if rows.only_other:
        parts.append(f"{rows.only_other} in OTHER alone ({money(rows.only_other_usd)})")
    return (
        f"{rows.supplier}: {', '.join(parts)}; OTHER's sums are {_signed(rows.baseline_usd)} in the baseline and "
        f"{_signed(rows.after_usd)} after"
    )


def _signed(value: float) -> str:
    text = money(abs(value))
    return f"{text} {'higher' if value > 0 else 'lower'}" if value else "the same"


def _chosen(numbers: tuple[NumberDifference, ...]) -> list[NumberDifference]:
    """Select the differences to show: headline figures, then the largest of suppliers' gains and members' changes."""
    head = [each for each in numbers if each.path in HEADLINE]
    rest = [
        each
        for each in numbers
        if each.path.split(".")[0] in ("suppliers", "members")
        and each.path.endswith(("gain_usd", "change_usd"))
        and "net_" not in each.path
    ]
    rest.sort(key=lambda each: (-abs(each.difference or 0.0), each.path))
    return [*head, *rest[:_SHOWN]] or list(numbers[:_SHOWN])


def _number_says(number: NumberDifference) -> str:
    text = f"{number.path}: {said(number.one, number.unit)} in ONE, {said(number.other, number.unit)} in OTHER"
    if number.difference is not None:
        percent = "" if number.relative is None else f", {number.relative:+.1%}".replace("-", "−")
        text += f" ({_difference(number.difference, number.unit)}{percent})"
    if number.effects:
        parts = [
            f"{cause} {_difference(part, number.unit)}"
            for cause, part in sorted(number.effects.items(), key=lambda each: (-abs(each[1]), each[0]))
        ]
        text += f"; by {', '.join(parts)}"
    elif number.path.startswith(("backfill.net", "counterfactual")):
        text += "; from a model, so that causes cannot be told apart"
    return text


def _difference(value: float, unit: str) -> str:
    return ("+" if value > 0 else "−") + said(abs(value), unit)
