"""Reads the texts of a JSON-lines file (one record per line), or of a JSON array of records."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.base import strict_json
from stopgap.base.errors import InputError
from stopgap.sources.texts.decoding import whole_characters
from stopgap.sources.texts.text import SourceText, source_text

TEXT_FIELDS = ("text", "body", "content")
"""Fields that may hold a record's text; the first one present is used."""


def record_texts(text: str, name: str, notes: tuple[str, ...]) -> tuple[SourceText, ...]:
    """Return one text per record; InputError where a line is not a complete JSON object, or has no text."""
    return tuple(_record(number, record, name, notes) for number, record in _records(text, name))


def _records(text: str, name: str) -> Iterator[tuple[int, dict[str, object]]]:
    body = text.removeprefix("\ufeff")
    whole = _document(body, name)
    if whole is not None:
        yield from enumerate(whole, start=1)
        return
    for number, line in enumerate(body.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = strict_json.loads(line, allow_halves=True)
        except ValueError as error:
            raise InputError(
                "the line is not a whole JSON object",
                where=f"{name}, line {number}: {str(error)[:150]}",
                fix="get the file again; each line must be one JSON object with a text in it",
            ) from error
        if not isinstance(record, dict):
            raise InputError(
                f"the line holds {type(record).__name__}, not a JSON object",
                where=f"{name}, line {number}",
                fix='write one object a line: {"name": …, "date": …, "text": …}',
            )
        yield number, record


def _document(text: str, name: str) -> list[dict[str, object]] | None:
    """Return the records of a file that is one JSON value (an array of objects, or one object); ``None`` otherwise."""
    if "\n" not in text.strip() and text.lstrip()[:1] != "[":
        return None
    try:
        found = strict_json.loads(text, allow_halves=True)
    except strict_json.JsonFault as error:
        raise InputError(
            f"the file is not a whole JSON object: {error.what}",
            where=f"{name}, line {strict_json.place(text, error.offset)[0]}",
            fix="keep one of two fields of one name, and whole characters",
        ) from error
    except ValueError:
        return None
    records = found if isinstance(found, list) else [found]
    return records if all(isinstance(record, dict) for record in records) else None


def _record(number: int, record: dict[str, object], name: str, notes: tuple[str, ...]) -> SourceText:
    field = next((field for field in TEXT_FIELDS if isinstance(record.get(field), str)), None)
    if field is None:
        raise InputError(
            "the record has no text",
            where=f"{name}, record {number}; its fields: {', '.join(map(str, list(record)[:12])) or 'none'}",
            fix=f"put the text into a field called {' or '.join(TEXT_FIELDS)}",
        )
    given = str(record[field])
    text = whole_characters(given.replace("\r\n", "\n").replace("\r", "\n"))
    meta = {
        str(key): whole_characters(str(value))
        for key, value in record.items()
        if key != field and isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    stated = meta.get("language") or meta.get("lang")
    if "\ufffd" in text and "\ufffd" not in given:
        notes = (*notes, "lone halves of characters are shown as U+FFFD")
    return source_text(
        name, text, "jsonl", meta=meta, language=stated.lower()[:2] if stated else None, record=number, notes=notes
    )
