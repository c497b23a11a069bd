"""Write the EU's listings of organisations and vessels that the package carries, without natural persons and sentences.

The table has the columns that the source ``eu-journal`` reads. Economies stand in place of addresses: they are read
here, by the source's own rules, from country, flag, address and register.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.entities import ListedEntity, NameKind
from stopgap.screening.lists.listings import ORGANISATIONS, VESSELS
from stopgap.screening.lists.run import entities_in_force
from stopgap.sources.lists.entries import sign_of

ACTS = ("32014R0833", "32014R0269")
LIST_DATE = "2026-07-17"
"""Day of the consolidated acts."""

PERSONS = {
    "IV/76": "Lev Anatolyevich Yershov (Ershov)",
    "IV/113": "Sergey IONOV",
    "IV/132": "Vladislav Vladimirovich Fedorenko",
    "IV/151": "Evgeny Krayushin",
}
"""People whom the transcription of Annex IV files among organisations, by id: found by reading every name."""

COLUMNS = (
    "celex", "recordId", "programKey", "annex", "measure", "startDate", "schema", "name", "alias", "weakAlias",
    "previousName", "country", "nationality", "jurisdiction", "flag", "registrationNumber", "taxNumber", "idNumber",
    "passportNumber", "innCode", "ogrnCode", "kppCode", "okpoCode", "leiCode", "swiftBic", "imoNumber", "mmsi", "address",
    "reason", "notes",
)  # fmt: skip
"""Columns that the source reads; those of persons, addresses and sentences stay empty."""
_COLUMN_OF = {
    "inn": "innCode", "ogrn": "ogrnCode", "kpp": "kppCode", "okpo": "okpoCode", "lei": "leiCode", "imo": "imoNumber",
    "mmsi": "mmsi", "swift": "swiftBic", "registration": "registrationNumber", "uscc": "registrationNumber",
    "tax": "taxNumber", "id": "idNumber",
}  # fmt: skip


def write_act(official: Path, target: Path) -> int:
    """Write the organisations and vessels of one act as ``target`` (CSV, gzip); the number of entries.

    An entry under two measures stops the run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        lake = Path(scratch) / "lake"
        import_paths(lake, [official], ImportRequest(list_date=LIST_DATE))
        entries = [one for one in entities_in_force(lake) if one.schema in ORGANISATIONS | VESSELS]
    left_out = [one for one in entries if PERSONS.get(one.entity_id) == one.names[0].text]
    kept = [one for one in entries if one not in left_out]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(_row(official.stem, one) for one in sorted(kept, key=lambda one: (one.list, one.entity_id)))
    target.write_bytes(gzip.compress(stream.getvalue().encode(), 9, mtime=0))
    return len(kept)


def _row(celex: str, entity: ListedEntity) -> dict[str, str]:
    [programme] = entity.programmes
    key, _, rest = programme.partition(" Annex ")
    annex, _, measure = rest.partition(": ")
    number = entity.entity_id.removeprefix(f"{annex}/")
    is_own = number != sign_of(entity.names[0].text) and not number.startswith("imo-")
    row = {
        "celex": celex,
        "recordId": number if is_own else "",
        "programKey": key,
        "annex": annex,
        "measure": measure,
        "startDate": entity.listed_on or "",
        "schema": entity.schema,
        "name": entity.names[0].text,
        "country": _cell(entity.countries),
    }
    for kind, column in ((NameKind.ALIAS, "alias"), (NameKind.WEAK, "weakAlias"), (NameKind.PREVIOUS, "previousName")):
        row[column] = _cell([one.text for one in entity.names[1:] if one.kind is kind])
    for column in set(_COLUMN_OF.values()):
        row[column] = _cell(
            f"{one.value} (USCC)" if one.kind == "uscc" else one.value
            for one in entity.identifiers
            if _COLUMN_OF.get(one.kind) == column
        )
    return row


def _cell(values: Iterable[str]) -> str:
    return "; ".join('"' + text.replace('"', '""') + '"' if ";" in text or '"' in text else text for text in values)
