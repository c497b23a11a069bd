"""Whether what became of a mutated file is what must become of it."""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import Any

from mutations import ACCOUNTED, ANYTHING, MUTATIONS, PREFIX, REFUSED, SAME, Mutated
from reader_process import BUG, DIED, HUNG, MEMORY_LIMIT_MIB, Outcome, ReaderProcess
from samples import Sample

KEY = ("period", "frequency", "reporter", "partner", "flow", "good", "revision", "source", "kind")
EXACT = ("value_usd", "value_reported", "currency", "usd_per_unit")
"""What a row may never have otherwise than the sound file."""
ABSENT = ("net_kg", "quantity", "quantity_unit")
"""What a row may lack where its column or cell is gone, but never have otherwise."""


def key(row: dict[str, Any]) -> tuple[object, ...]:
    """What tells one row from another."""
    return tuple(row[name] for name in KEY)


def broken_promise(sound: Outcome, mutated: Mutated, found: Outcome) -> str | None:
    """What is wrong with an outcome; None when nothing is."""
    if found.kind in (BUG, DIED, HUNG):
        return f"{found.kind}: {found.error}"
    if found.peak_mib > MEMORY_LIMIT_MIB:
        return f"{found.peak_mib:.0f} MiB of memory"
    if found.kind == "refused" or mutated.promise == ANYTHING:
        return None
    told = mutated.may_warn is not None and any(mutated.may_warn in warning for warning in found.warnings)
    if told or not found.rows:
        return None
    if mutated.promise == REFUSED and not found.rejected:
        return f"{len(found.rows)} rows were imported"
    wrong = _wrong_row(sound, found)
    if wrong:
        return wrong
    lost = len(sound.rows) - len(found.rows)
    if mutated.promise == SAME and lost and not found.rejected:
        return f"{lost} rows were lost without a word"
    if mutated.promise == ACCOUNTED and lost > found.rejected + found.missing and not found.warnings:
        return f"{lost} rows were lost, {found.rejected} rejected, {found.missing} missing, and no warning"
    if mutated.promise == PREFIX and not _is_prefix(sound, found):
        return "not the first rows of the file"
    return None


def _is_prefix(sound: Outcome, found: Outcome) -> bool:
    """Whether the rows are the first ones; only told where each row of the file is a row of the lake."""
    return len(found.rows) <= len(sound.rows)


def _wrong_row(sound: Outcome, found: Outcome) -> str | None:
    """A row that the sound file has not."""
    known = {key(row): row for row in sound.rows}
    for row in found.rows:
        right = known.get(key(row))
        if right is None:
            return f"a row that the sound file has not: {row}"
        if any(row[name] != right[name] for name in EXACT):
            return f"another value: {row} instead of {right}"
        if any(row[name] not in (None, right[name]) for name in ABSENT):
            return f"another weight or quantity: {row} instead of {right}"
    return None


def put(folder: Path, sample: Sample, mutated: Mutated | None = None) -> tuple[Path, Path | None]:
    """The file and its mapping, written to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    name = sample.file_name if mutated is None or mutated.file_name is None else mutated.file_name
    path = folder / name
    path.write_bytes(sample.content if mutated is None else mutated.content)
    if sample.mapping is None:
        return path, None
    mapping = folder / "mapping.yml"
    mapping.write_text(sample.mapping, "utf-8")
    return path, mapping


def trial(sample: Sample, mutation: str, seed: int) -> Mutated | None:
    """One mutation of a sample; the same seed gives the same bytes. None where it does not apply."""
    draw = random.Random(zlib.crc32(f"{sample.name}|{mutation}|{seed}".encode()))
    return MUTATIONS[mutation](sample, draw)


def read(reader: ReaderProcess, sample: Sample, path: Path, mapping: Path | None, **more: Any) -> Outcome:
    """What the process makes of a file."""
    return reader.read(path, mapping=mapping, source=sample.source, **sample.options, **more)
