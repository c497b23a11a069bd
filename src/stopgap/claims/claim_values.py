"""Validate the values of a claim's fields; each error (InputError) names the field and suggests a value."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from stopgap.base.errors import GoodsError, InputError, NotFoundError
from stopgap.claims.claim import GoodsGroup
from stopgap.codes.areas import areas, find_area
from stopgap.codes.code_text import is_code_text, read_codes
from stopgap.codes.goods import FILE_SUFFIXES, goods_names

WHOLE_ACTORS = ("EU", "PRC", "THIRD", "ANY")
FIRMS = "companies:"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNIONS = {"european union": "EU", "europe": "EU", "eu27": "EU", "third countries": "THIRD", "anyone": "ANY"}


class ClaimFields:
    """Reads the fields of one mapping of a claim one by one, and rejects invalid values with an InputError.

    ``file`` names the claim in messages, ``at`` is the path of the mapping in it (``said_by.``, empty for the claim
    itself), ``knows_goods`` says whether names of goods must be known.
    """

    def __init__(self, document: Mapping[str, Any], file: str, at: str = "", *, knows_goods: bool = True) -> None:
        self.document = document
        self.file = file
        self.at = at
        self.knows_goods = knows_goods

    def check_names(self, known: Sequence[str]) -> None:
        """Reject fields that are not in `known`."""
        for name in self.document:
            if name not in known:
                close = difflib.get_close_matches(str(name), known, n=1)
                self.fail(
                    str(name),
                    f"{name!r} is not a field of {self.at.rstrip('.') or 'a claim'}",
                    f"did you mean {close[0]}?" if close else f"fields: {', '.join(known)}",
                )

    def fail(self, field: str, what: str, fix: str) -> NoReturn:
        raise InputError(what, where=f"{self.file}, field {self.at}{field}", fix=fix)

    def get(self, field: str) -> Any:
        """Value of a field; ``None`` where it is absent, empty or ``null``."""
        value = self.document.get(field)
        return None if value in ("", "null", "~") else value

    def text(self, field: str, *, needed: str = "") -> str | None:
        """Text of a field on one line; ``needed`` makes the field required and is the value to suggest."""
        value = self.get(field)
        if value is None:
            if needed:
                self.fail(field, f"the claim has no {self.at}{field}", f"add {field}: {needed}")
            return None
        if isinstance(value, Mapping | list | tuple | bool):
            self.fail(field, f"{self.at}{field} is {_kind(value)}, not text", f"write {field}: …, one text")
        text = " ".join(str(value).split())
        if not text and needed:
            self.fail(field, f"{self.at}{field} is blank", f"write {field}: {needed}")
        return text or None

    def part(self, field: str, value: Any) -> ClaimFields:
        if not isinstance(value, Mapping):
            self.fail(field, f"{self.at}{field} is {_kind(value)}, not fields", f"write {field}: {{…: …}}")
        return ClaimFields(value, self.file, f"{self.at}{field}.", knows_goods=self.knows_goods)

    def entries(self, field: str) -> list[Any]:
        """Entries of a list field; a single value counts as a list of one."""
        value = self.get(field)
        if value is None:
            return []
        return list(value) if isinstance(value, list | tuple) else [value]

    def one_of(self, field: str, known: Iterable[str], value: str | None) -> str | None:
        """Validate a word of the vocabulary `known`, ignoring case and separators; ``None`` stays ``None``."""
        words = list(known)
        if value is None:
            return None
        plain = value.strip().lower().replace("_", "-").replace(" ", "-")
        if plain not in words:
            close = difflib.get_close_matches(plain, words, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]}? " if close else ""
            self.fail(field, f"{value!r} is not a {field}", f"{hint}known: {', '.join(words)}")
        return plain

    def economy(self, field: str, value: str) -> str:
        """Validate the ISO3 code of an economy."""
        known = areas()
        if value not in known or known[value].kind != "economy":
            try:
                meant = find_area(value)
            except NotFoundError as error:
                self.fail(field, f"{value!r} is not an economy", f"give its ISO3 code; {error.fix}")
            if meant.kind != "economy":
                self.fail(field, f"{value!r} is not one economy", "give an ISO3 code (RUS)")
            self.fail(field, f"{value!r} is not an ISO3 code", f"write {meant.code} ({meant.name})")
        return value

    def actor(self, field: str, value: str) -> str:
        """Validate an actor: ISO3, ``EU``, ``PRC``, ``THIRD``, ``ANY``, or ``companies:`` and one of them."""
        is_firms = value.lower().startswith(FIRMS)
        name = value[len(FIRMS) :].strip() if is_firms else value
        prefix = FIRMS if is_firms else ""
        if name in WHOLE_ACTORS:
            return prefix + name
        likely = _UNIONS.get(name.lower()) or (name.upper() if name.upper() in WHOLE_ACTORS else None)
        if likely:
            self.fail(field, f"{value!r} is not an actor", f"write {prefix}{likely}")
        return prefix + self.economy(field, name)

    def day(self, field: str, value: Any) -> str:
        """Validate a day, ``YYYY-MM-DD``."""
        text = str(value)
        try:
            if len(text) != 10:
                raise ValueError
            dt.date.fromisoformat(text)
        except ValueError:
            self.fail(field, f"{value!r} is not a day", "write YYYY-MM-DD (2024-04-08)" + _likely_day(text))
        return text

    def month(self, field: str, value: Any) -> str:
        """Validate a month, ``YYYY-MM``."""
        text = str(value)
        if not _MONTH.fullmatch(text):
            likely = f": {text[:7]}" if _MONTH.fullmatch(text[:7]) else " (2023-01)"
            self.fail(field, f"{value!r} is not a month", f"write YYYY-MM{likely}")
        return text

    def offset(self, field: str) -> int | None:
        """Offset in characters from the beginning of the text, a whole number from 0; ``None`` where absent."""
        value = self.get(field)
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,12}", text):
            self.fail(field, f"{value!r} is not a place in a text", "count characters from 0 (start: 1200)")
        return int(text)

    def sha256(self, field: str) -> str | None:
        """SHA-256 hash of 64 digits; ``None`` where absent."""
        value = self.text(field)
        if value is not None and not _SHA256.fullmatch(value):
            self.fail(field, f"{value!r} is not a SHA-256", "64 digits 0-9a-f; stopgap claims texts list shows them")
        return value

    def truth(self, field: str, *, default: bool) -> bool:
        """Boolean value of a field, `default` where absent."""
        value = self.get(field)
        if value is None:
            return default
        if str(value).lower() not in ("true", "false"):
            self.fail(field, f"{value!r} is neither true nor false", f"write {field}: {str(default).lower()}")
        return str(value).lower() == "true"

    def share(self, field: str) -> float | None:
        """Share above 0 and at most 1; ``None`` where absent."""
        value = self.get(field)
        if value is None:
            return None
        try:
            if isinstance(value, bool):
                raise ValueError
            share = float(str(value).rstrip("%"))
        except ValueError:
            self.fail(field, f"{value!r} is not a share", f"write {field}: 0.25")
        if not 0 < share <= 1 or str(value).endswith("%"):
            is_percent = 0 < share <= 100
            self.fail(
                field,
                f"{value!r} is not a share above 0 and at most 1",
                f"write {field}: {share / 100:g} for {share:g} %" if is_percent else f"write {field}: 0.25",
            )
        return share

    def goods_name(self, field: str, value: str) -> str:
        """Validate the name or path of a goods list, the name of a family of goods, or codes (``8542,845710``)."""
        if not self.knows_goods or value.lower().endswith(FILE_SUFFIXES):
            return value
        if is_code_text(value):
            try:
                return read_codes(value).name
            except GoodsError as error:
                self.fail(field, error.what, error.fix)
        known = tuple(dict.fromkeys([*map(str, GoodsGroup), *goods_names()]))
        plain = value.strip().lower().replace(" ", "-").replace("_", "-")
        if plain not in known:
            close = difflib.get_close_matches(plain, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else "stopgap goods shows the lists"
            self.fail(field, f"no goods list or family is called {value!r}", f"{hint} A file ends in .yml or .csv")
        return plain


def _kind(value: object) -> str:
    return {dict: "a group of fields", list: "a list", bool: "a yes or no"}.get(type(value), f"{value!r}"[:60])


def _likely_day(text: str) -> str:
    """Suggest the ISO form of a day in another format that has only one reading; empty if there is none."""
    for form in ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%d.%m.%Y"):
        try:
            return f": {dt.datetime.strptime(text.strip(), form).date().isoformat()}"
        except ValueError:
            continue
    return f": {text[:10]}" if re.match(r"\d{4}-\d\d-\d\d[T ]", text) else ""
