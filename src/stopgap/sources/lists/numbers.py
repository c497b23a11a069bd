"""Identify the kind of an identifier from the words that US lists print before it."""

from __future__ import annotations

import re

_BY_WORDS: tuple[tuple[str, str], ...] = (
    (r"vessel registration identification|\bimo\b", "imo"),
    (r"\bmmsi\b|maritime mobile service", "mmsi"),
    (r"legal entity (?:number|identifier)|\blei\b", "lei"),
    (r"swift|\bbic\b", "swift"),
    (r"d-u-n-s|\bduns\b", "duns"),
    (r"unified social credit", "uscc"),
    (r"government gazette|\bokpo\b", "okpo"),
    (r"\binn\b", "inn"),
    (r"\bogrn\b", "ogrn"),
    (r"\bkpp\b", "kpp"),
    (r"tax|v\.?a\.?t\.?\b|\bruc\b|\bnit\b|\brif\b|c\.u\.i\.t|r\.f\.c|fiscal code", "tax"),
    (
        r"regist(?:ration|ry|ered)|company number|business (?:number|id)|commercial|c\.r\.|trade license|matricula|folio|"
        r"enterprise number|chamber of commerce|charity|public registration|istanbul chamber|certificate of incorporation|"
        r"economic register|file number",
        "registration",
    ),
    (
        r"\bid\b|identification|identity|passport|cedula|c\.u\.i\.p|c\.u\.r\.p|d\.n\.i|license|national (?:id|no)|ssn|"
        r"residency|electoral|travel document|numero|bank identifier|permit|phone",
        "id",
    ),
)
_NO_NUMBERS = re.compile(r"phone|e-?mail|website|additional sanctions|secondary|gender|digital currency")
_INN, _OGRN = re.compile(r"\d{10}|\d{12}"), re.compile(r"\d{13}|\d{15}")
_IMO = re.compile(r"(?:IMO )?(\d{7})")


def kind_of(words: str, number: str, country: str | None) -> str | None:
    """Return the kind of an identifier (:mod:`stopgap.screening.entities`); ``None`` where the words name none.

    A Russian tax number of 10 or 12 digits is an ``inn``, a Russian registration number of 13 or 15 an ``ogrn``.
    """
    text = words.lower()
    if _NO_NUMBERS.search(text):
        return None
    if _IMO.fullmatch(number.strip()) and number.strip().startswith("IMO"):
        return "imo"
    kind = next((found for pattern, found in _BY_WORDS if re.search(pattern, text)), None)
    if country == "RUS" and kind == "tax" and _INN.fullmatch(number):
        return "inn"
    if country == "RUS" and kind == "registration" and _OGRN.fullmatch(number):
        return "ogrn"
    return kind
