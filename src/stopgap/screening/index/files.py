"""Write and read the files of a name index: one folder, written atomically and versioned."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.errors import InputError
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.index.name_table import Letters, NameTable, NameWords, Strings
from stopgap.screening.index.vocabulary import Vocabulary

FORMAT = 2
"""Version of the file format; indexes of other versions are not opened."""

_ENTITY_TEXTS = ("entity_id", "list", "list_date", "schema", "listed_on", "delisted_on", "receipt")
_ENTITY_LISTS = ("countries", "addresses", "programmes")
_STRINGS = ("joined", "ordered", "bones", "numbers", "places")


@dataclass(frozen=True)
class StoredRemarks:
    """Remarks of the entities of an index, read from its file one by one: most of them are never asked for."""

    table: pa.Table

    def of(self, number: int) -> tuple[tuple[str, str], ...]:
        """Return the remarks of an entity as (label, text)."""
        labels, texts = (self.table[name][number].as_py() for name in ("labels", "texts"))
        return tuple(zip(labels, texts, strict=True))


@dataclass(frozen=True)
class IndexContent:
    """What an index holds: entities, their names as a table and the kind of each name.

    ``same`` is the number of the first entity that each is one with, shape (entities,); ``remarks`` are ``None`` where
    the entities hold them.
    """

    entities: Sequence[ListedEntity]
    table: NameTable
    kinds: Sequence[NameKind]
    same: npt.NDArray[np.int64]
    remarks: StoredRemarks | None = None


def save_index(folder: Path, content: IndexContent) -> None:
    """Write an index to ``folder`` atomically: a complete temporary folder replaces it."""
    entities, table, kinds = content.entities, content.table, content.kinds
    fresh = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    fresh.mkdir(parents=True)
    try:
        _write_strings(fresh / "entities.arrow", _entity_columns(entities))
        _write_strings(fresh / "remarks.arrow", _remark_columns(content))
        _write_strings(fresh / "names.arrow", _name_columns(table, kinds))
        _write_strings(
            fresh / "vocabulary.arrow",
            {"spelled": pa.array(table.vocabulary.spelled), "bones": pa.array(table.vocabulary.skeletons)},
        )
        _write_strings(fresh / "keys.arrow", {"key": pa.array(table.vocabulary.keys)})
        for name, letters in (("initials", table.initials), ("acronyms", table.acronyms)):
            _write_strings(fresh / f"{name}.arrow", {"letters": pa.array(letters.letters, pa.string())})
            _write_strings(fresh / f"{name}_keys.arrow", {"key": pa.array(list(letters.keys), pa.string())})
        np.savez(fresh / "arrays.npz", same=content.same, **_arrays(table))
        (fresh / "index.json").write_text(json.dumps({"format": FORMAT, "own": table.own, "entities": len(entities)}))
        for path in fresh.iterdir():
            make_durable(path)
        sync_folder(fresh)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def open_index(folder: Path) -> IndexContent:
    """Read what :func:`save_index` wrote; raise InputError if the folder has no complete index of this version."""
    try:
        about = json.loads((folder / "index.json").read_text())
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']}, not {FORMAT}")
        with np.load(folder / "arrays.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        entities = entities_of(_read(folder / "entities.arrow"))
        names = _read(folder / "names.arrow")
        spelled = _read(folder / "vocabulary.arrow")
        vocabulary = Vocabulary(
            _read(folder / "keys.arrow")["key"],
            spelled["spelled"],
            arrays["word_of"],
            skeletons=spelled["bones"],
            groups=_matrix(arrays, "groups"),
        )
        table = NameTable(
            texts=names["text"],
            entities=arrays["entities"],
            words=NameWords(arrays["starts"], arrays["words"], arrays["sizes"]),
            strings=Strings(**{name: names[name] for name in _STRINGS}, forms=arrays["forms"]),
            weight=arrays["weight"],
            matrix=_matrix(arrays, "matrix"),
            vocabulary=vocabulary,
            own=int(about["own"]),
            initials=_letters(folder, arrays, "initials"),
            acronyms=_letters(folder, arrays, "acronyms"),
            letters=_matrix(arrays, "letters"),
            letters_weight=arrays["letters_weight"],
            plain=names["plain"],
        )
        if len(entities) != about["entities"] or len(table.texts) != len(table.entities):
            raise ValueError("parts of different lengths")
        remarks = mapped_table(folder / "remarks.arrow")
        if len(remarks) != len(entities) or len(arrays["same"]) != len(entities):
            raise ValueError("parts of different lengths")
        kinds = [NameKind(kind) for kind in names["kind"]]
        return IndexContent(entities, table, kinds, arrays["same"], StoredRemarks(remarks))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(
            f"the index of names cannot be opened: {str(error)[:150]}",
            where=str(folder),
            fix="remove the folder: the index is built again from the lists",
        ) from error


def _write_strings(path: Path, columns: dict[str, pa.Array]) -> None:
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def mapped_table(path: Path) -> pa.Table:
    """Return a table of an index that stays on the disk until its cells are read."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _read(path: Path) -> dict[str, list[Any]]:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        return {name: table[name].to_pylist() for name in table.column_names}


def _entity_columns(entities: Sequence[ListedEntity]) -> dict[str, pa.Array]:
    strings = pa.list_(pa.string())
    kinds = [[name.kind.value for name in one.names] for one in entities]
    numbers = [[f"{number.kind} {number.value}" for number in one.identifiers] for one in entities]
    return {
        **{name: pa.array([getattr(one, name) for one in entities], pa.string()) for name in _ENTITY_TEXTS},
        **{name: pa.array([list(getattr(one, name)) for one in entities], strings) for name in _ENTITY_LISTS},
        "names": pa.array([[name.text for name in one.names] for one in entities], strings),
        "kinds": pa.array(kinds, strings),
        "numbers": pa.array(numbers, strings),
    }


def _remark_columns(content: IndexContent) -> dict[str, pa.Array]:
    strings = pa.list_(pa.string())
    remarks = content.remarks
    found = [remarks.of(number) if remarks else one.remarks for number, one in enumerate(content.entities)]
    return {
        name: pa.array([[pair[place] for pair in one] for one in found], strings)
        for place, name in enumerate(("labels", "texts"))
    }


def entities_of(columns: dict[str, list[Any]]) -> list[ListedEntity]:
    """Return the entities in the columns of ``entities.arrow``."""
    kinds = {kind.value: kind for kind in NameKind}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [
        ListedEntity(
            **{name: row[name] for name in _ENTITY_TEXTS},
            countries=tuple(row["countries"]),
            addresses=tuple(row["addresses"]),
            programmes=tuple(row["programmes"]),
            names=tuple(ListedName(text, kinds[kind]) for text, kind in zip(row["names"], row["kinds"], strict=True)),
            identifiers=tuple(Identifier(*number.split(" ", 1)) for number in row["numbers"]),
        )
        for row in rows
    ]


def _name_columns(table: NameTable, kinds: Sequence[NameKind]) -> dict[str, pa.Array]:
    strings = {name: getattr(table.strings, name) for name in _STRINGS}
    columns = {"text": table.texts, **strings, "plain": table.plain, "kind": [kind.value for kind in kinds]}
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}


def _arrays(table: NameTable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "entities": table.entities,
        "starts": table.words.starts,
        "words": table.words.words,
        "sizes": table.words.sizes,
        "forms": table.strings.forms,
        "weight": table.weight,
        "word_of": table.vocabulary.word_of,
        "letters_weight": table.letters_weight,
    }
    for name, matrix in (("matrix", table.matrix), ("groups", table.vocabulary.groups), ("letters", table.letters)):
        found |= {
            f"{name}_data": matrix.data,
            f"{name}_indices": matrix.indices,
            f"{name}_indptr": matrix.indptr,
            f"{name}_shape": np.asarray(matrix.shape),
        }
    for name, letters in (("initials", table.initials), ("acronyms", table.acronyms)):
        found |= {
            f"{name}_names": letters.names,
            f"{name}_starts": letters.starts,
            f"{name}_ends": letters.ends,
            f"{name}_bounds": np.asarray(list(letters.keys.values()), dtype=np.int64).reshape(-1, 2),
        }
    return found


def _matrix(arrays: dict[str, Any], name: str) -> sparse.csr_matrix:
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    return sparse.csr_matrix(parts, shape=tuple(arrays[f"{name}_shape"]))


def _letters(folder: Path, arrays: dict[str, Any], name: str) -> Letters:
    keys = _read(folder / f"{name}_keys.arrow")["key"]
    bounds = [(start, end) for start, end in arrays[f"{name}_bounds"].tolist()]
    return Letters(
        dict(zip(keys, bounds, strict=True)),
        arrays[f"{name}_names"],
        arrays[f"{name}_starts"],
        arrays[f"{name}_ends"],
        _read(folder / f"{name}.arrow")["letters"],
    )
