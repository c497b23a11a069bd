"""Commands about the lists of companies in the lake: which, how old, who is on them, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.screening.lists.entity import ShownEntity
    from stopgap.screening.lists.run import ListState

lists_app = typer.Typer(
    help="Lists of companies, vessels and organisations.\n\nExample: stopgap lists --as-of 2024-06-01",
    rich_markup_mode=None,
)

DayOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DAY|VINTAGE",
        help="The lists as they stood on a day (2024-06-01), or as loaded up to a vintage (v3).",
        show_default=False,
    ),
]
_STATE = ("list", "list_date", "age_days", "entities", "undated", "amendments", "imported_on", "vintage", "receipt", "is_later", "refused_on")  # fmt: skip
_INTEGERS = {"age_days", "entities", "undated", "amendments"}
_ENTITY = ("entity_id", "list", "schema", "name", "country", "identifier", "programme", "listed_on", "delisted_on", "receipt")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(lists_app, name="lists")


@lists_app.callback(invoke_without_command=True)
def lists_command(
    context: typer.Context,
    as_of: DayOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.screening.lists.run import list_states

    today = _today()
    folder = load_settings(lake=lake).lake
    states = list_states(folder, as_of)
    total = sum(state.entities for state in states)
    title = f"{len(states)} lists, {total:,} entries; stopgap lists show LIST for one"
    document = {"lists": [state.as_dict(today) for state in states], "as_of": as_of}
    marking = marking_of_tables(folder, LISTS)
    emit(Answer(document, _states_table(states, today), title, _notes(states), (), marking), form, output)


@lists_app.command("show")
def show_command(
    name: Annotated[
        str,
        typer.Argument(metavar="LIST", help="A list, or all of one act (eu-833-2014).", show_default=False),
    ],
    as_of: DayOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show who is on a list.

    Example: stopgap lists show eu-833-2014-IV --as-of 2024-06-01
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.screening.lists.run import choose_lists, entities_in_force, list_states

    folder, today = load_settings(lake=lake).lake, _today()
    states = list_states(folder, as_of)
    chosen = choose_lists(states, [name])
    own = [state for state in states if chosen is None or state.list in chosen]
    rows: list[dict[str, Any]] = [
        {
            "entity_id": entity.entity_id,
            "list": entity.list,
            "schema": entity.schema,
            "name": entity.names[0].text,
            "names": [{"text": one.text, "kind": one.kind.value} for one in entity.names],
            "countries": list(entity.countries),
            "addresses": list(entity.addresses),
            "identifiers": [{"kind": one.kind, "value": one.value} for one in entity.identifiers],
            "programmes": list(entity.programmes),
            "listed_on": entity.listed_on,
            "delisted_on": entity.delisted_on,
            "receipt": entity.receipt,
        }
        for entity in entities_in_force(folder, lists=chosen, as_of=as_of)
    ]
    document = {"lists": [state.as_dict(today) for state in own], "entities": rows, "as_of": as_of}
    dates = sorted({state.list_date or f"loaded {state.imported_on}" for state in own})
    title = f"{name}: {len(rows):,} entries, edition of {', '.join(dates)}"
    columns = _ENTITY[:2] + _ENTITY[3:5] + _ENTITY[6:8]
    marking = marking_of_tables(folder, LISTS)
    emit(Answer(document, _entities_table(rows), title, _notes(own), columns, marking), form, output)


@lists_app.command("entity")
def entity_command(
    entity_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of an entry, as its list prints it.", show_default=False)
    ],
    name: Annotated[
        str | None,
        typer.Option("--list", metavar="NAME", help="Only in this list (default: all).", show_default=False),
    ] = None,
    as_of: DayOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show one entry: whether it was on the list on a day and why, what the list says, and each edition.

    Example: stopgap lists entity IV/1 --list eu-833-2014-IV --as-of 2014-09-12
    """
    from dataclasses import asdict

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.screening.lists.entity import show_entity

    folder = load_settings(lake=lake).lake
    found = show_entity(folder, entity_id, lists=[name] if name else None, as_of=as_of)
    notes = [f"{one.list}: {_verdict(one)}: {one.because}" for one in found]
    notes += [
        f"{one.list}: edition of {item.list_date or f'(loaded {item.day})'}{f', {item.act}' if item.act else ''}"
        f" ({item.vintage}): {item.what}"
        for one in found
        for item in one.history
    ]
    document = {"entity_id": entity_id, "as_of": as_of, "lists": [asdict(one) for one in found]}
    marking = marking_of_tables(folder, LISTS, is_history=True)
    emit(Answer(document, _facts_table(found), entity_id, notes, (), marking), form, output)


@lists_app.command("changes")
def changes_command(
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="DAY|VINTAGE", help="The earlier state of the lists.", show_default=False
        ),
    ],
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DAY|VINTAGE", help="The later one (default: now).", show_default=False
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show which entries were added, changed or removed between two states of the lists.

    Example: stopgap lists changes --since v3
    """
    from collections import Counter
    from dataclasses import asdict

    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
    from stopgap.screening.lists.run import changed_entities

    folder = load_settings(lake=lake).lake
    changes = [asdict(one) for one in changed_entities(folder, since=since, until=until)]
    counts = Counter(one["change"] for one in changes)
    title = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("added", "changed", "removed"))
    schema = pa.schema([(name, pa.string()) for name in ("list", "entity_id", "change", "before", "after")])
    document = {"since": since, "until": until, "changes": changes}
    table = pa.Table.from_pylist(changes, schema=schema)
    marking = marking_of_tables(folder, LISTS, is_history=True)
    emit(Answer(document, table, title, [], ("list", "entity_id", "change"), marking), form, output)


def _today() -> dt.date:
    import datetime as dt

    return dt.datetime.now(dt.UTC).date()


def _verdict(one: ShownEntity) -> str:
    return {True: "on the list", False: "not on the list", None: "not known"}[one.in_force]


def _notes(states: Sequence[ListState]) -> list[str]:
    """What a user must know of the lists shown: refused imports, and editions later than the day."""
    notes = []
    for family in dict.fromkeys(state.family for state in states):
        own = next(state for state in states if state.family == family)
        if own.refused:
            notes.append(
                f"note: {family}: an import was refused on {own.refused.when[:10]} ({own.refused.file}: "
                f"{own.refused.what}); the edition of {own.list_date or own.imported_on} stays in force"
            )
        if own.is_later:
            left_out = sum(state.undated for state in states if state.family == family)
            notes.append(
                f"note: {family}: the first edition is of after that day; its days of listing tell, and who was taken "
                f"off before it is not known{f' ({left_out} without a day are left out)' if left_out else ''}"
            )
    return notes


def _states_table(states: Sequence[ListState], today: dt.date) -> pa.Table:
    import pyarrow as pa

    kinds = {name: pa.int64() if name in _INTEGERS else pa.string() for name in _STATE}
    kinds["is_later"] = pa.bool_()
    rows = [
        {**state.as_dict(today), "refused_on": state.refused.when if state.refused else None}
        for state in states
    ]
    return pa.Table.from_pylist(
        [{name: row[name] for name in _STATE} for row in rows], schema=pa.schema(list(kinds.items()))
    )


def _entities_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    flat = [
        {
            **{name: row.get(name) for name in _ENTITY},
            "country": "; ".join(row["countries"]),
            "identifier": "; ".join(f"{one['kind']}:{one['value']}" for one in row["identifiers"]),
            "programme": "; ".join(row["programmes"]),
        }
        for row in rows
    ]
    return pa.Table.from_pylist(flat, schema=pa.schema([(name, pa.string()) for name in _ENTITY]))


def _facts_table(found: Sequence[ShownEntity]) -> pa.Table:
    import pyarrow as pa

    names = ("list", "property", "value", "detail", "receipt", "vintage")
    rows = [
        {"list": one.list, **{name: getattr(fact, name) for name in names[1:]}}
        for one in found
        for fact in one.facts
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in names]))
