"""Commands about ownership: check one entity, list all that are covered."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.ownership.paths import Explained
    from stopgap.screening.ownership.run import OwnershipRun

ownership_app = typer.Typer(
    help="Ownership: what counts as owned by those who are listed, and through which chains.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = ("id", "name", "status", "share_low", "share_high", "owners", "path")


class Rule(StrEnum):
    """Whose rule."""

    OFAC = "ofac"
    EU = "eu"
    EU_OVER_50 = "eu-over-50"
    UK = "uk"


class MethodOption(StrEnum):
    """How indirect ownership counts."""

    CASCADE = "cascade"
    EFFECTIVE = "effective"


OwnershipOption = Annotated[
    list[Path],
    typer.Option(
        "--ownership",
        metavar="FILE",
        help="Who owns what: CSV, or FollowTheMoney entities; may be given several times.",
        show_default=False,
    ),
]
ListsOption = Annotated[
    list[str] | None,
    typer.Option("--list", metavar="LIST", help="List of the lake (default: all).", show_default=False),
]
ListedOption = Annotated[
    Path | None,
    typer.Option(
        "--listed",
        metavar="FILE",
        help="Ids of the table that count as listed, one a line.",
        show_default=False,
    ),
]
RuleOption = Annotated[Rule, typer.Option("--rule", help="Whose rule.")]
ThresholdOption = Annotated[
    float | None,
    typer.Option("--threshold", metavar="PERCENT", help="Another threshold.", show_default=False),
]
InclusiveOption = Annotated[
    bool | None,
    typer.Option(
        "--inclusive/--exclusive", help="Whether the threshold itself is enough.", show_default=False
    ),
]
AggregateOption = Annotated[
    bool | None,
    typer.Option("--aggregate/--each", help="Whether listed owners are added up.", show_default=False),
]
MethodChoice = Annotated[
    MethodOption | None,
    typer.Option("--method", help="How indirect ownership counts.", show_default=False),
]
DayOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DAY",
        help="Shares and lists of a day (default: the latest of each).",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(ownership_app, name="ownership")


@ownership_app.command("check")
def check_command(
    party: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_ID", help="Id or name of an entity of the table.", show_default=False
        ),
    ],
    ownership: OwnershipOption,
    lists: ListsOption = None,
    listed: ListedOption = None,
    rule: RuleOption = Rule.OFAC,
    threshold: ThresholdOption = None,
    inclusive: InclusiveOption = None,
    aggregate: AggregateOption = None,
    method: MethodChoice = None,
    as_of: DayOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Say whether one entity counts as owned by those who are listed, with its owners and chains.

    Example: stopgap ownership check "Example Trading" --ownership owners.csv --listed listed.txt
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.evidence.markings.reads import marking_of_own
    from stopgap.screening.ownership.run import check_party, rule_of, run_ownership

    folder = load_settings(lake=lake).lake
    run = run_ownership(
        folder, ownership,
        rule=rule_of(rule.value, threshold=threshold, inclusive=inclusive, aggregate=aggregate, method=method and method.value),
        lists=lists, listed=listed, as_of=as_of,
    )  # fmt: skip
    found = check_party(run, party)
    title = f"{found.name or found.id}: {found.status.value} ({run.coverage.rule.says})"
    notes = [*(f"chain: {line}" for line in found.says), *run.warnings]
    if found.has_more:
        notes.insert(len(found.says), "more chains were left out")
    document = {**run.head(), "entity": run.as_dict(found)}
    marking = marking_of_tables(folder, LISTS, also=[marking_of_own(folder, *ownership)])
    emit(Answer(document, _holders(found), title, notes, (), marking), form, output)


@ownership_app.command("covered")
def covered_command(
    ownership: OwnershipOption,
    lists: ListsOption = None,
    listed: ListedOption = None,
    rule: RuleOption = Rule.OFAC,
    threshold: ThresholdOption = None,
    inclusive: InclusiveOption = None,
    aggregate: AggregateOption = None,
    method: MethodChoice = None,
    only_covered: Annotated[
        bool, typer.Option("--only-covered", help="Leave out those of which it cannot be told.")
    ] = False,
    as_of: DayOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List all entities that count as owned by those who are listed, with shares and chains.

    Example: stopgap ownership covered --ownership owners.csv --list my-list
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.evidence.markings.reads import marking_of_own
    from stopgap.screening.ownership.run import covered_parties, rule_of, run_ownership

    folder = load_settings(lake=lake).lake
    run = run_ownership(
        folder, ownership,
        rule=rule_of(rule.value, threshold=threshold, inclusive=inclusive, aggregate=aggregate, method=method and method.value),
        lists=lists, listed=listed, as_of=as_of,
    )  # fmt: skip
    covered, unknown = run.coverage.found()
    found = list(covered_parties(run, with_unknown=not only_covered))
    document = {
        **run.head(),
        "covered": len(covered),
        "cannot_be_told": len(unknown),
        "entities": [run.as_dict(each) for each in found] if form is Format.JSON else [],
    }
    title = (
        f"{len(covered):,} covered, {len(unknown):,} cannot be told, of {len(run.coverage.table.ids):,} parties "
        f"({run.coverage.rule.says})"
    )
    marking = marking_of_tables(folder, LISTS, also=[marking_of_own(folder, *ownership)])
    emit(Answer(document, _table(found, run), title, list(run.warnings), _SHOWN, marking), form, output)


def _table(found: Sequence[Explained], run: OwnershipRun) -> pa.Table:
    import pyarrow as pa

    text = ("id", "name", "status", "owners", "lists", "path")
    schema = pa.schema(
        [*((name, pa.string()) for name in text), ("share_low", pa.float64()), ("share_high", pa.float64()),
         ("chains", pa.int64()), ("has_more", pa.bool_())]
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for each in found:
        owners = run.owners(each)
        rows.append(
            {
                "id": each.id,
                "name": each.name,
                "status": each.status.value,
                "owners": "; ".join(owner["name"] or owner["id"] for owner in owners),
                "lists": "; ".join(dict.fromkeys(why["list"] for owner in owners for why in owner["listed"])),
                "path": " | ".join(each.says) or None,
                "share_low": each.low,
                "share_high": each.high,
                "chains": len(each.chains),
                "has_more": each.has_more,
            }
        )
    return pa.Table.from_pylist(rows, schema=schema)


def _holders(found: Explained) -> pa.Table:
    import pyarrow as pa

    text = ("owner", "owner_name", "stated", "source", "as_of")
    schema = pa.schema(
        [*((name, pa.string()) for name in text), ("share_low", pa.float64()), ("share_high", pa.float64())]
    )
    rows = [
        {
            "owner": each.owner,
            "owner_name": each.owner_name,
            "stated": "; ".join(said.text or "not stated" for said in each.stated),
            "source": "; ".join(said.source or "" for said in each.stated) or None,
            "as_of": "; ".join(said.as_of or "" for said in each.stated) or None,
            "share_low": each.low,
            "share_high": each.high,
        }
        for each in found.holders
    ]
    return pa.Table.from_pylist(rows, schema=schema)
