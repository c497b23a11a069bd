"""Commands about keys of partners, and what ends a key: trust, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.key_commands import SHOWN, key_table, large, now
from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption
from stopgap.cli.passphrase import PassphraseFileOption, passphrase_for
from stopgap.cli.person import ByOption, says_yes, user_name

if TYPE_CHECKING:
    from stopgap.evidence.keys.partner_keys import Candidate, RevokedKey


def register(keys: typer.Typer) -> None:
    """Add the commands to the group of keys."""
    keys.command("trust")(trust_command)
    keys.command("revoke")(revoke_command)


def trust_command(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Public key file that a partner gave you.", show_default=False),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="What you call the key (default: what its owner calls it).",
            show_default=False,
        ),
    ] = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--fingerprint",
            metavar="F",
            help="Fingerprint that its owner told you: twelve groups of five digits, or 64 hex digits.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="You have compared the fingerprint; nothing is asked.")
    ] = False,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Trust a partner's key, once its fingerprint is the one that the partner reads out.

    A key that a trusted key vouches for (keys rotate) needs no fingerprint.

    Example: stopgap keys trust fra-liaison.pub.json --as france
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.own_keys import show_key
    from stopgap.evidence.keys.partner_keys import accept, candidate

    today, when = now()
    home = load_settings(lake=lake).home
    asked = candidate(home, file, name=name, today=today)
    how = _ground(asked, fingerprint, yes=yes)
    kept = accept(home, asked, how=how, who=by or user_name(), when=when)
    found = show_key(home, kept.fingerprint, today=today)
    already = asked.known is not None
    document = {
        **found.as_dict(),
        "already": already,
        "replaces": asked.vouched_by.fingerprint if asked.vouched_by else None,
    }
    title = f"{kept.name} is trusted{' already' if already else ''}: {found.found.how}"
    if found.found.is_own:
        title = f"{kept.name} is your own key"
    notes = [f"{kept.name} is {found.state}: {found.why}"] if found.state not in ("own", "trusted") else []
    emit(Answer(document, key_table([found]), title, notes, SHOWN), form, output)


def revoke_command(
    key: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FILE",
            help="A key by name or whole fingerprint; or the revocation file that a partner gave you.",
            show_default=False,
        ),
    ],
    why: Annotated[
        str | None,
        typer.Option(
            "--why",
            metavar="TEXT",
            help="The reason; partners read it. A revocation file has its own.",
            show_default=False,
        ),
    ] = None,
    passphrase_file: PassphraseFileOption = None,
    by: ByOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Revoke a key for good: your own (with a file that tells partners), a partner's, or by a partner's file.

    Example: stopgap keys revoke fra-liaison --why "laptop lost" --passphrase-file passphrase.txt
    """
    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.keys.partner_keys import key_or_file, revoke_by_file, revoke_own, revoke_trusted

    _today, when = now()
    home, who = load_settings(lake=lake).home, by or user_name()
    found = key_or_file(home, key)
    if isinstance(found, Path):
        if why is not None:
            raise UsageError("a revocation file has its own reason", where="--why", fix="leave --why out")
        done = revoke_by_file(home, found, who=who, when=when)
    elif why is None:
        raise UsageError("a revocation needs a reason", where="--why", fix='add --why "…", one line')
    elif found.is_own:
        secret = passphrase_for(passphrase_file, twice=False, what=f"passphrase of {found.key.name}")
        done = revoke_own(home, found, secret, why=why, who=who, when=when)
    else:
        done = revoke_trusted(home, found, why=why, who=who, when=when)
    emit(_answer_revoked(done), form, output)


def _ground(asked: Candidate, fingerprint: str | None, *, yes: bool) -> str | None:
    """What the trust in a key rests on, in words; ``None`` for the word of the key before.

    Raises:
        RefusedError: The fingerprint is another, or the person at the terminal says no.
        UsageError: Nobody can be asked.
    """
    from stopgap.base.errors import RefusedError, UsageError
    from stopgap.evidence.keys.partner_keys import is_said

    key = asked.key
    if fingerprint is not None:
        if not is_said(key, fingerprint):
            raise RefusedError(
                f"the fingerprint is not that of the key in the file: it has {key.spoken}, {key.fingerprint}",
                where=f"--fingerprint {fingerprint[:120]}",
                fix="ask its owner again, by another way than the file came; do not trust it until both agree",
            )
        return "its fingerprint was given"
    if asked.known is not None:
        return asked.known.how
    if asked.vouched_by is not None:
        return None
    if yes:
        return "the fingerprint was said to be compared (--yes)"
    shown = [
        f"{key.name}, {key.valid_from} to {key.valid_to}, will be called {asked.name}",
        *([asked.note] if asked.note else []),
        *large(key.spoken, key.fingerprint),
    ]
    if says_yes("Does its owner read out the same?", "\n".join(shown)):
        return "its fingerprint was compared"
    if _is_watched():
        raise RefusedError(
            f"{key.name} is not trusted", where=key.fingerprint, fix="compare the fingerprint with its owner"
        )
    note = f" ({asked.note})" if asked.note else ""
    raise UsageError(
        f"nobody has compared the fingerprint of {key.name}{note}",
        where=f"{key.spoken}, {key.fingerprint}",
        fix="let its owner read it out, and give it with --fingerprint; or --yes, where you have compared it",
    )


def _is_watched() -> bool:
    import sys

    return sys.stdin.isatty() and sys.stderr.isatty()


def _answer_revoked(done: RevokedKey) -> Answer:
    import pyarrow as pa

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
    table = pa.Table.from_pylist([document], schema=pa.schema([(column, pa.string()) for column in columns]))
    return Answer(document, table, f"{done.name} is revoked", notes, columns[:4])
