"""Names that stand in addresses and parameters: never the path of a file on the server."""

from __future__ import annotations

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.base.request import Completes

_CLAIM = frozenset("c-0123456789abcdef")
_HEX = frozenset("0123456789abcdef")


def check_name(kind: Completes, name: str, where: str) -> None:
    """Refuse what could be the path of a file, where a command takes a name or a path.

    Args:
        kind: What is named; other kinds than episodes, goods and statements have no files.
        name: The name.
        where: Parameter, for the error.

    Raises:
        NotFoundError: Nothing has the name.
    """
    match kind:
        case Completes.EPISODE:
            check_episode(name, where)
        case Completes.GOODS:
            check_goods(name, where)
        case Completes.CLAIM:
            check_claim(name, where)


def check_episode(name: str, where: str = "episode") -> None:
    """Refuse what is no built-in episode.

    Raises:
        NotFoundError: No built-in episode has the name.
    """
    from stopgap.panel.episodes import episode_names

    known = episode_names()
    if name not in known:
        hint = did_you_mean(name, known)
        raise NotFoundError(
            f"no episode is called {name[:80]!r}", where=where, fix=f"{hint} GET episodes lists them".strip()
        )


def check_goods(name: str, where: str = "goods") -> None:
    """Refuse what is neither a goods list of the package, nor codes, nor a composite good.

    Raises:
        NotFoundError: No goods list has the name.
    """
    from stopgap.codes.code_text import is_code_text
    from stopgap.codes.commodities import is_composite
    from stopgap.codes.goods import goods_names

    known = goods_names()
    plain = name.strip()
    if plain.upper() == "TOTAL" or plain.lower() in known or is_code_text(name):
        return
    parts = plain.removeprefix("basket:").split("+")
    if is_composite(plain) and all(part.strip().isalnum() or part.strip() in known for part in parts):
        return
    hint = did_you_mean(name, known)
    raise NotFoundError(
        f"no goods list is called {name[:80]!r}",
        where=where,
        fix=f"{hint} GET goods lists them; codes are given with commas between: 8542,845710".strip(),
    )


def check_claim(id: str, where: str = "claim") -> None:
    """Refuse what is no id of a registered statement, or the beginning of one.

    Raises:
        NotFoundError: It is none.
    """
    if not (id.startswith("c-") and set(id) <= _CLAIM and 2 < len(id) <= 12):
        raise NotFoundError(
            f"no statement has the id {id[:80]!r}", where=where, fix="GET claims lists them; an id is c- and ten digits"
        )


def check_subject(name: str, where: str = "path") -> None:
    """Refuse a text that no name can be.

    Raises:
        NotFoundError: It is empty, very long, or holds characters that no name has.
    """
    if not name.strip() or len(name) > 500 or any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in name):
        raise NotFoundError("there is nothing of this name", where=where, fix="give a name as the lists print it")


def bare_file_name(name: str | None) -> str:
    """Return the last part of the name that an upload came by, without anything that is no part of a file's name."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(". ")
    if not kept:
        raise UsageError("a file has no name", where="upload", fix="send it with a file name, such as pack.zip")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:20]}" if stem else kept[:100]
