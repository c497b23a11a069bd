"""Attribute the change of figures between two vintages to rows revised, new or withdrawn, or to another basis.

Four steps lead from the earlier vintage to the later one, and each part of a change is the effect of
one step on the figure, so the parts add up to the change. Money is current US dollars, means per
year over the window, except the plain dollars of one period.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from stopgap.base.errors import IdentityError
from stopgap.measures.backfill.gross import GrossCell, Roles
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult
from stopgap.measures.revisions.results import ChangedRow, FigureChange, PeriodChange, ReleaseSummary

NOTHING = Decimal(0)
_MILLIONTH = Decimal("0.000001")
HALF_A_CENT = 0.005
_RELATIVE = 1e-12  # of sums near 1e13 dollars, doubles hold no cents
_SLACK_PER_ROW = 1e-5  # each term of a mean is taken to a millionth of a dollar, times 12 for a year of months


Amounts = tuple[Decimal, Decimal]
StateCells = Mapping[tuple[str, str], Amounts]  # (supplier, good) -> (baseline, after), in dollars per year


def exact(value: float) -> Decimal:
    """Convert dollars to an exact decimal, rounded to a millionth."""
    return Decimal(repr(float(value))).quantize(_MILLIONTH)


def settle_states(cells: Sequence[Iterable[GrossCell]], counted: Sequence[frozenset[str]]) -> tuple[StateCells, ...]:
    """Build the five states between two vintages, from the suppliers that count in each.

    A supplier that is silent in a window of one of the two vintages changes only through the
    basis: until the last step it keeps its figures of the earlier vintage. If a state
    has no mean for a supplier, that of the state before is used.

    ``cells`` and ``counted`` (suppliers with figures in both windows) are given per state: the earlier vintage,
    revised, withdrawn, new, the later vintage.
    """
    found = [
        {(cell.supplier, cell.good): (exact(cell.baseline_usd), exact(cell.after_usd)) for cell in state}
        for state in cells
    ]
    in_both = counted[0] & counted[-1]
    states: list[StateCells] = [{key: value for key, value in found[0].items() if key[0] in counted[0]}]
    for here, counting in zip(found[1:-1], counted[1:-1], strict=True):
        moving = counting & in_both
        states.append(
            {key: value for key, value in states[-1].items() if key[0] not in moving}
            | {key: value for key, value in here.items() if key[0] in moving}
        )
    states.append({key: value for key, value in found[-1].items() if key[0] in counted[-1]})
    return tuple(states)


def _sums(states: Sequence[StateCells], name_of: Callable[[str, str], str]) -> dict[str, list[Amounts]]:
    """Return (baseline, after) of each name in each state; 0 if a state has no cell of it."""
    nothing = (NOTHING, NOTHING)
    found: dict[str, list[Amounts]] = {}
    for number, state in enumerate(states):
        for (supplier, good), (base, after) in state.items():
            sums = found.setdefault(name_of(supplier, good), [nothing] * len(states))
            sums[number] = (sums[number][0] + base, sums[number][1] + after)
    return found


def _side(roles: Roles, supplier: str) -> str:
    return "coalition" if supplier in roles.members else "others"


def figure_change(
    subject: str, figure: str, values: Sequence[Decimal | float | None], *, rows: int = 0
) -> FigureChange:
    """Split a figure's change into its parts, given its value in each of the five states.

    Raises:
        IdentityError: The parts do not add up to the change.
    """
    first, last = values[0], values[-1]
    ends = (None if first is None else float(first), None if last is None else float(last))
    known = [Decimal(repr(value)) if isinstance(value, float) else value for value in values]
    defined = [value for value in known if value is not None]
    if len(defined) < len(known):
        return FigureChange(subject, figure, *ends, None, None, None, None, None, rows)
    revised, withdrawn, new, basis = (float(after - before) for before, after in itertools.pairwise(defined))
    change = float(defined[-1] - defined[0])
    _require_equal(revised + withdrawn + new + basis, change, f"the parts of the change of {figure} of {subject}")
    return FigureChange(subject, figure, *ends, change, revised, new, withdrawn, basis, rows)


def _require_equal(found: float, expected: float, what: str, slack: float = 0.0) -> None:
    if abs(found - expected) > HALF_A_CENT + slack + _RELATIVE * abs(expected):
        raise IdentityError(
            f"{what} add up to {found!r}, not to {expected!r}",
            where="two vintages compared",
            fix="report it with the vintages and the episode; no figure is shown",
        )


def headline_changes(
    states: Sequence[StateCells], roles: Roles, rows: Sequence[ChangedRow]
) -> tuple[FigureChange, ...]:
    """Return the changes of suspended trade and gross backfill: coalition sums, the others' gain, both ratios."""
    sums = _sums(states, lambda supplier, _: _side(roles, supplier))
    nothing = [(NOTHING, NOTHING)] * len(states)
    inside, outside = sums.get("coalition", nothing), sums.get("others", nothing)
    loss = [base - after for base, after in inside]
    gain = [after - base for base, after in outside]
    shares = [float(lost / base) if base > 0 else None for lost, (base, _) in zip(loss, inside, strict=True)]
    has_others = [any(supplier not in roles.members for supplier, _ in state) for state in states]
    ratios = [
        float(more / lost) if lost > 0 and others else None
        for more, lost, others in zip(gain, loss, has_others, strict=True)
    ]
    members = [row.part for row in rows if row.supplier in roles.members]
    return (
        figure_change("coalition", "baseline_usd", [base for base, _ in inside], rows=members.count("baseline")),
        figure_change("coalition", "after_usd", [after for _, after in inside], rows=members.count("after")),
        figure_change("coalition", "loss_usd", loss, rows=len(members)),
        figure_change("coalition", "loss_share", shares, rows=len(members)),
        figure_change("others", "gain_usd", gain, rows=len(rows) - len(members)),
        figure_change("others", "gross_ratio", ratios, rows=len(rows)),
    )


def supplier_changes(states: Sequence[StateCells], rows: Sequence[ChangedRow]) -> tuple[FigureChange, ...]:
    """Return changes of each supplier's baseline, after and gain, members included; largest change of gain first."""
    behind: dict[str, list[str]] = {}
    for row in rows:
        behind.setdefault(row.supplier, []).append(row.part)
    groups = []
    for name, sums in _sums(states, lambda supplier, _: supplier).items():
        parts = behind.get(name, [])
        baseline = figure_change(name, "baseline_usd", [base for base, _ in sums], rows=parts.count("baseline"))
        after = figure_change(name, "after_usd", [amount for _, amount in sums], rows=parts.count("after"))
        gain = figure_change(name, "gain_usd", [amount - base for base, amount in sums], rows=len(parts))
        groups.append((gain, (baseline, after, gain)))
    groups.sort(key=lambda group: (-abs(group[0].change or 0.0), group[0].subject))
    return tuple(change for _, changes in groups for change in changes)


def good_changes(
    states: Sequence[StateCells], roles: Roles, row_goods: Sequence[tuple[str, str]]
) -> tuple[FigureChange, ...]:
    """Return the changes of the coalition's loss and the others' gain per good; largest change of loss first.

    ``row_goods`` is (supplier, good of the panel) of each changed row.
    """
    sides = {
        side: _sums(
            [{key: value for key, value in state.items() if _side(roles, key[0]) == side} for state in states],
            lambda _, good: good,
        )
        for side in ("coalition", "others")
    }
    nothing = [(NOTHING, NOTHING)] * len(states)
    rows = Counter((_side(roles, supplier), good) for supplier, good in row_goods)
    groups = []
    for name in sorted(sides["coalition"].keys() | sides["others"].keys()):
        inside, outside = (sides[side].get(name, nothing) for side in ("coalition", "others"))
        lost = [base - after for base, after in inside]
        more = [after - base for base, after in outside]
        loss = figure_change(name, "loss_usd", lost, rows=rows["coalition", name])
        groups.append((loss, figure_change(name, "gain_usd", more, rows=rows["others", name])))
    groups.sort(key=lambda group: (-abs(group[0].change or 0.0), group[0].subject))
    return tuple(change for group in groups for change in group)


def check_against(finding: Finding, changes: Sequence[FigureChange], *, later: bool) -> None:
    """Check that the ends of the changes equal the figures of the measure, to a cent.

    Raises:
        IdentityError: They differ.
    """
    shown = {(change.subject, change.figure): change.to_value if later else change.from_value for change in changes}
    sums = ("baseline_usd", "after_usd", "loss_usd")
    expected: dict[tuple[str, str], float] = {("coalition", name): getattr(finding.suspended, name) for name in sums}
    rows: list[SupplierResult | MemberResult] = [*finding.suppliers, *finding.members]
    for row in rows:
        expected[row.supplier, "baseline_usd"] = row.baseline_usd
        expected[row.supplier, "after_usd"] = row.after_usd
    for key, value in expected.items():
        _require_equal(shown.get(key) or 0.0, value, f"{key[1]} of {key[0]} as of {finding.as_of}: the cells")


def check_rows(changes: Sequence[FigureChange], rows: Sequence[ChangedRow]) -> None:
    """Check that each revised part equals the sum of the effects of its rows, to a cent.

    Raises:
        IdentityError: They differ.
    """
    sums: dict[tuple[str, str], float] = {}
    for row in rows:
        if row.change == "revised" and row.effect_usd is not None:
            key = (row.supplier, f"{row.part}_usd")
            sums[key] = sums.get(key, 0.0) + row.effect_usd
    for change in changes:
        if change.figure in ("baseline_usd", "after_usd"):
            found = sums.get((change.subject, change.figure), 0.0)
            what = f"the revised rows of {change.figure} of {change.subject}"
            _require_equal(found, change.revised or 0.0, what, change.rows * _SLACK_PER_ROW)


def release_summaries(periods: Iterable[PeriodChange]) -> tuple[ReleaseSummary, ...]:
    """Summarize revisions of each supplier's periods since their first release, the most revised first."""
    by_supplier: dict[str, list[PeriodChange]] = {}
    for change in periods:
        if change.first_usd is not None and change.latest_usd is not None:
            by_supplier.setdefault(change.supplier, []).append(change)
    found = []
    for supplier, changes in by_supplier.items():
        pairs = [(exact(change.first_usd or 0.0), exact(change.latest_usd or 0.0)) for change in changes]
        revised = [(first, latest) for first, latest in pairs if abs(latest - first) >= HALF_A_CENT]
        first = sum((first for first, _ in revised), NOTHING)
        latest = sum((latest for _, latest in revised), NOTHING)
        share = float(latest / first - 1) if first > 0 else None
        found.append(ReleaseSummary(supplier, len(pairs), len(revised), float(first), float(latest), share))
    return tuple(sorted(found, key=lambda row: (-abs(row.latest_usd - row.first_usd), row.supplier)))
