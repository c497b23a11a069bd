"""Commands about one's own keys, and all keys as they stand: new, rotate, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.passphrase import PassphraseFileOption, passphrase_for
from stopgap.cli.person import ByOption, user_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.evidence.keys.own_keys import KeyView, MadeKey

keys_app = typer.Typer(
    help="Keys: sign packs with your own, trust those of partners.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_TEXT = (
    "name", "state", "why", "fingerprint", "spoken", "valid_from", "valid_to", "owner_calls_it", "how", "who", "when",
    "succeeds", "replaced_by", "public_key_file",
)  # fmt: skip
SHOWN = ("name", "state", "valid_from", "valid_to", "fingerprint", "spoken")

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="What the key is called.", show_default=False)
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--valid-from",
        metavar="DAY",
        help="First day on which it holds, UTC (default: today).",
        show_default=False,
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--valid-to", metavar="DAY", help="Last day (default: two years after the first).", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(keys_app, name="keys")


@keys_app.command("new")
def new_command(
    name: NameArgument,
    valid_from: FromOption = None,
    valid_to: ToOption = None,
    passphrase_file: PassphraseFileOption = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Make a key of your own; its private half is encrypted with a passphrase.

    Example: stopgap keys new fra-liaison --passphrase-file passphrase.txt
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.own_keys import check_new, new_key

    today, when = now()
    first, last = _days(valid_from, valid_to, today)
    home = load_settings(lake=lake).home
    check_new(home, name, valid_from=first, valid_to=last)
    made = new_key(
        home,
        name,
        passphrase_for(passphrase_file, twice=True, what=f"passphrase for {name}"),
        valid_from=first,
        valid_to=last,
        who=by or user_name(),
        when=when,
    )
    emit(_answer_made(made, f"{name} is made", today), form, output)


@keys_app.command("rotate")
def rotate_command(
    name: NameArgument,
    valid_from: FromOption = None,
    valid_to: ToOption = None,
    passphrase_file: PassphraseFileOption = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--new-passphrase-file",
            metavar="FILE",
            help="File with the passphrase of the new key (default: that of the old one).",
            show_default=False,
        ),
    ] = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Give your key a successor of the same name, which the old key vouches for.

    The old key is kept and retired: what it signed holds until its last day. Partners who trust it need not compare
    fingerprints again.

    Example: stopgap keys rotate fra-liaison --passphrase-file passphrase.txt
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.own_keys import rotate_key

    today, when = now()
    first, last = _days(valid_from, valid_to, today)
    new = None
    if new_passphrase_file is not None:
        new = passphrase_for(new_passphrase_file, twice=True, option="--new-passphrase-file")
    made = rotate_key(
        load_settings(lake=lake).home,
        name,
        passphrase_for(passphrase_file, twice=False, what=f"passphrase of {name}"),
        new_passphrase=new,
        valid_from=first,
        valid_to=last,
        who=by or user_name(),
        when=when,
    )
    emit(_answer_made(made, f"{name} has a successor", today), form, output)


@keys_app.command("list")
def list_command(
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="A head that the trust store is known to have had: shows whether its end was cut off.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List your own keys and those that you trust, as they stand today.

    Example: stopgap keys list
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.own_keys import list_keys, remarks
    from stopgap.evidence.keys.trust import check_head

    today, _when = now()
    home = load_settings(lake=lake).home
    after = check_head(home, head) if head else None
    found, store = list_keys(home, today=today)
    notes = remarks(home, store)
    strangers = [
        {"fingerprint": fingerprint, "name": each.name, "why": each.why, "who": each.who, "when": each.when}
        for fingerprint, each in sorted(store.revoked_strangers.items())
    ]
    document = {
        "keys": [each.as_dict() for each in found],
        "revoked_strangers": strangers,
        "head": store.head,
        "events": store.events,
        "after_head": after,
        "warnings": list(notes),
    }
    notes += [f"never trusted, and revoked: {each['name']} {each['fingerprint']}" for each in strangers]
    events = "1 event" if store.events == 1 else f"{store.events:,} events"
    notes.append(f"head of the trust store: {store.head}, {events}")
    if after is not None:
        notes.append(f"the head that was asked for is there; events after it: {after:,}")
    count = "1 key" if len(found) == 1 else f"{len(found):,} keys"
    emit(Answer(document, key_table(found), f"{count}, {today}", notes, SHOWN), form, output)


@keys_app.command("show")
def show_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="What the key is called, or its whole fingerprint.", show_default=False
        ),
    ],
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show one key, its fingerprint large enough to read out.

    Example: stopgap keys show fra-liaison
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.own_keys import show_key

    today, _when = now()
    found = show_key(load_settings(lake=lake).home, name, today=today)
    key = found.found
    title = f"{found.state}: {found.why}"
    notes = large(key.key.spoken, key.fingerprint)
    if key.key.name != key.name:
        notes.append(f"its owner calls it {key.key.name}")
    if found.public_file:
        notes.append(f"file for partners: {found.public_file}")
    emit(Answer(found.as_dict(), key_table([found]), title, notes, SHOWN[:4]), form, output)


def _answer_made(made: MadeKey, title: str, today: str) -> Answer:
    import pyarrow as pa

    key = made.key
    notes = large(key.spoken, key.fingerprint)
    notes.append(f"file for partners: {made.public_file}")
    if made.before is None:
        notes.append("read the digits out to them; without its passphrase the key is lost")
    elif made.before.valid_from <= today <= made.before.valid_to:
        notes.append("partners who trust the old key need no fingerprint: stopgap keys trust FILE")
    else:
        notes.append(
            f"the old key held from {made.before.valid_from} to {made.before.valid_to}: "
            "its word does not count today, partners must compare the fingerprint"
        )
    if not key.valid_from <= today <= key.valid_to:
        notes.append(f"it does not hold today, {today}")
    columns = ("name", "valid_from", "valid_to", "fingerprint", "spoken", "public_key_file", "private_key_file",
               "succeeds")  # fmt: skip
    document = made.as_dict()
    table = pa.Table.from_pylist([document], schema=pa.schema([(column, pa.string()) for column in columns]))
    return Answer(document, table, title, notes, columns[:3])


def key_table(found: Sequence[KeyView]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([*((name, pa.string()) for name in _TEXT), ("own", pa.bool_())])
    rows: list[dict[str, Any]] = [
        {name: value for name, value in each.as_dict().items() if name in schema.names} for each in found
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def large(spoken: str, fingerprint: str) -> list[str]:
    """A fingerprint to read out, four groups a line."""
    groups = spoken.split(" ")
    lines = ["    " + "   ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
    return ["fingerprint:", *lines, f"    {fingerprint}"]


def _days(valid_from: str | None, valid_to: str | None, today: str) -> tuple[str, str]:
    """Both days of a key.

    Raises:
        UsageError: They cannot be.
    """
    from stopgap.evidence.keys.names import check_days, two_years_after

    first = valid_from or today
    check_days(first, valid_to or first)
    return first, valid_to or two_years_after(first)


def now() -> tuple[str, str]:
    """This day and this moment, UTC."""
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    return now.date().isoformat(), now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
