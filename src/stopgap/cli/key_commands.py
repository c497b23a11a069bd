"""Commands about keys: new, rotate, list, show, trust, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.rows import rows_table
from stopgap.base.request import Completes, Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.person import Terminal, large
from stopgap.evidence.keys.request import NewKeyRequest, RevokeRequest, RotateRequest, TrustKeyRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.api.keys import Keys
    from stopgap.evidence.keys.own_keys import KeyView, MadeKey

commands = typer.Typer(rich_markup_mode=None)
keys_app = group(commands, "keys", "Keys: sign packs with your own, trust those of partners.")

_TEXT = (
    "name", "state", "why", "fingerprint", "spoken", "valid_from", "valid_to", "owner_calls_it", "how", "who", "when",
    "succeeds", "replaced_by", "public_key_file",
)  # fmt: skip
_SHOWN = ("name", "state", "valid_from", "valid_to", "fingerprint", "spoken")

NameArgument = Annotated[str, Option("What the key is called.", metavar="NAME", is_argument=True)]


def _keys(shown: WrittenAnswer) -> Keys:
    from stopgap.api.keys import Keys

    return Keys(shown.folder, person=Terminal())


@command(keys_app, "new")
def new_command(name: NameArgument, request: NewKeyRequest, shown: WrittenAnswer) -> Answer:
    """Make a key of your own; its private half is encrypted with a passphrase.

    Example: stopgap keys new fra-liaison --passphrase-file passphrase.txt
    """
    return _answer_made(_keys(shown).new(name, request), f"{name} is made")


@command(keys_app, "rotate")
def rotate_command(name: NameArgument, request: RotateRequest, shown: WrittenAnswer) -> Answer:
    """Give your key a successor of the same name, which the old key vouches for.

    The old key is kept and retired: what it signed holds until its last day. Partners who trust it need not compare
    fingerprints again.

    Example: stopgap keys rotate fra-liaison --passphrase-file passphrase.txt
    """
    return _answer_made(_keys(shown).rotate(name, request), f"{name} has a successor")


@command(keys_app, "list")
def list_command(
    shown: WrittenAnswer,
    head: Annotated[
        str | None,
        Option("A head that the trust store is known to have had: shows whether its end was cut off.", metavar="HASH"),
    ] = None,
) -> Answer:
    """List your own keys and those that you trust, as they stand today.

    Example: stopgap keys list
    """
    found = _keys(shown).list(head=head)
    notes = list(found.warnings)
    notes += [f"never trusted, and revoked: {each['name']} {each['fingerprint']}" for each in found.strangers]
    events = "1 event" if found.events == 1 else f"{found.events:,} events"
    notes.append(f"head of the trust store: {found.head}, {events}")
    if found.after_head is not None:
        notes.append(f"the head that was asked for is there; events after it: {found.after_head:,}")
    count = "1 key" if len(found.keys) == 1 else f"{len(found.keys):,} keys"
    return Answer(found.as_dict(), _table(found.keys), f"{count}, {found.on}", notes, _SHOWN)


@command(keys_app, "show")
def show_command(
    name: Annotated[
        str,
        Option(
            "What the key is called, or its whole fingerprint.",
            metavar="NAME",
            is_argument=True,
            completes=Completes.KEY,
        ),
    ],
    shown: WrittenAnswer,
) -> Answer:
    """Show one key, its fingerprint large enough to read out.

    Example: stopgap keys show fra-liaison
    """
    view = _keys(shown).show(name)
    found = view.found
    notes = large(found.key.spoken, found.fingerprint)
    if found.key.name != found.name:
        notes.append(f"its owner calls it {found.key.name}")
    if view.public_file:
        notes.append(f"file for partners: {view.public_file}")
    return Answer(view.as_dict(), _table([view]), f"{view.state}: {view.why}", notes, _SHOWN[:4])


@command(keys_app, "trust")
def trust_command(
    key_file: Annotated[Path, Option("Public key file that a partner gave you.", metavar="FILE", is_argument=True)],
    request: TrustKeyRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Trust a partner's key, once its fingerprint is the one that the partner reads out.

    A key that a trusted key vouches for (keys rotate) needs no fingerprint.

    Example: stopgap keys trust fra-liaison.pub.json --as france
    """
    done = _keys(shown).trust(key_file, request)
    view = done.view
    found = view.found
    title = f"{found.name} is trusted{' already' if done.already else ''}: {found.how}"
    if found.is_own:
        title = f"{found.name} is your own key"
    notes = [f"{found.name} is {view.state}: {view.why}"] if view.state not in ("own", "trusted") else []
    return Answer(done.as_dict(), _table([view]), title, notes, _SHOWN)


@command(keys_app, "revoke")
def revoke_command(
    key: Annotated[
        str,
        Option(
            "A key by name or whole fingerprint; or the revocation file that a partner gave you.",
            metavar="NAME_OR_FILE",
            is_argument=True,
            completes=Completes.KEY,
        ),
    ],
    request: RevokeRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Revoke a key for good: your own (with a file that tells partners), a partner's, or by a partner's file.

    Example: stopgap keys revoke fra-liaison --why "laptop lost" --passphrase-file passphrase.txt
    """
    done = _keys(shown).revoke(key, request)
    notes = []
    if done.file:
        notes.append(f"file for partners, who run stopgap keys revoke FILE: {done.file}")
    if not done.was_known:
        notes.append("it was never trusted here; from now on it cannot be")
    notes += [
        f"{name} was trusted because this key vouches for it: compare its fingerprint, or revoke it too"
        for name in done.leaned_on_it
    ]
    columns = ("name", "fingerprint", "state", "why", "revocation_file")
    document = done.as_dict()
    return Answer(document, rows_table([document], text=columns), f"{done.name} is revoked", notes, columns[:4])


def _answer_made(made: MadeKey, title: str) -> Answer:
    from stopgap.api.keys import moment

    key, today = made.key, moment()[:10]
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
    return Answer(document, rows_table([document], text=columns), title, notes, columns[:3])


def _table(found: Sequence[KeyView]) -> pa.Table:
    return rows_table([each.as_dict() for each in found], text=_TEXT, flags=("own",))
