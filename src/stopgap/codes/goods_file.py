"""Read a goods list from a YAML or CSV file; every error names file, line and field."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from stopgap.base.errors import GoodsError
from stopgap.base.paths import no_file
from stopgap.codes.commodities import REVISIONS, is_code

CODE_LENGTHS = (2, 4, 6, 8)
FIELDS = ("name", "version", "title", "revision", "source", "terms", "note", "same_as", "allow_unknown")
ITEM_FIELDS = ("code", "description", "group")
UNSTABLE_FIELDS = ("code", "from", "to", "reason")
# YAML reads an unquoted 010121 as an octal number; here every scalar stays text.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class FileItem:
    """One item of a goods file, unprocessed, with its line number (from 1)."""

    code: str
    description: str
    group: str
    line: int


@dataclass(frozen=True, slots=True)
class FileUnstable:
    """One entry under ``unstable`` of a goods file: a code, two revisions and a reason, with its line number."""

    code: str
    from_revision: str
    to_revision: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class GoodsFile:
    """The content of a goods file, before missing descriptions are filled in and the hash is computed."""

    name: str
    version: str
    title: str
    revision: str
    items: tuple[FileItem, ...]
    source: str = ""
    terms: str = ""
    note: str = ""
    same_as: str = ""
    unstable: tuple[FileUnstable, ...] = ()


def read_goods_file(path: Path, *, check_codes: bool) -> GoodsFile:
    """Read and validate a goods file; ``check_codes`` also validates each code against the revision's nomenclature.

    Raises:
        NotFoundError: The file does not exist.
        GoodsError: A field or code is invalid; ``where`` names file, line and field.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        fix = "or use a name that 'stopgap goods' shows"
        raise no_file(path, "a goods list", fix=fix, suffixes=(".yml", ".yaml", ".csv")) from None
    except OSError as error:
        _fail(f"cannot read the file: {error.strerror}", str(path), "check its permissions")
    except UnicodeDecodeError:
        _fail("the file is not UTF-8 text", str(path), "save it as UTF-8")
    if path.suffix.lower() == ".csv":
        content, allow_unknown = _from_csv(text, path), False
    else:
        content, allow_unknown = _from_yaml(text, path)
    _check_items(content, path, known_only=check_codes and not allow_unknown)
    _check_unstable(content, path, known_only=check_codes)
    return content


def _from_csv(text: str, path: Path) -> GoodsFile:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in reader.fieldnames or []]
        if "code" not in header:
            _fail("the file has no column code", f"{path}, line 1", "begin it with code,description[,group]")
        reader.fieldnames = header
        items = []
        for row in reader:
            values = {name: (row.get(name) or "").strip() for name in ITEM_FIELDS}
            items.append(FileItem(values["code"], values["description"], values["group"], reader.line_num))
    except csv.Error as error:
        _fail(f"the file is not CSV: {error}", str(path), "save it as CSV with code,description")
    name = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-") or "goods"
    return GoodsFile(name, "file", path.stem, REVISIONS[-1], tuple(items), source=path.name)


def _from_yaml(text: str, path: Path) -> tuple[GoodsFile, bool]:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        _fail(f"the file is not YAML: {getattr(error, 'problem', None) or error}", where, "fix the line")
    if not isinstance(root, yaml.MappingNode):
        _fail("the file is not a goods list", f"{path}, line 1", "begin it with name:, version:, title:, revision:")
    fields: dict[str, str] = {}
    items: list[FileItem] | None = None
    unstable: list[FileUnstable] = []
    for key, value in _pairs(root, path):
        if key in ("codes", "items"):
            if items is not None:
                _fail("both codes and items stand in the file", _at(path, value, key), "keep one of them")
            items = list(_items(value, path, key))
        elif key == "unstable":
            unstable = list(_unstable(value, path))
        elif key in FIELDS:
            fields[key] = _text(value, path, key)
        else:
            what, fix = (
                f"{key!r} is not a field of a goods list",
                f"fields: {', '.join(FIELDS)}, codes, items, unstable",
            )
            _fail(what, _at(path, value, key), fix)
    return _filled(fields, items, tuple(unstable), path), fields.get("allow_unknown", "false").lower() == "true"


def _filled(
    fields: dict[str, str], items: list[FileItem] | None, unstable: tuple[FileUnstable, ...], path: Path
) -> GoodsFile:
    same_as = fields.get("same_as", "")
    needed = ("name",) if same_as else ("name", "version", "title", "revision")
    for field in needed:
        if not fields.get(field):
            _fail(f"the list has no {field}", f"{path}, field {field}", f"add a line {field}: …")
    if not _NAME.fullmatch(fields["name"]):
        what, fix = f"{fields['name']!r} is not a name for a list", "use lower-case letters, digits, '.', '_' and '-'"
        _fail(what, f"{path}, field name", fix)
    if not same_as and fields["revision"] not in REVISIONS:
        what, fix = f"{fields['revision']!r} is not an HS revision", f"use one of {', '.join(REVISIONS)}"
        _fail(what, f"{path}, field revision", fix)
    if fields.get("allow_unknown", "false").lower() not in ("true", "false"):
        _fail("allow_unknown is neither true nor false", f"{path}, field allow_unknown", "write true or false")
    if items is None and not same_as:
        _fail("the list has no codes", f"{path}, field codes", 'add codes: ["854231", …] or items:')
    texts = {name: fields.get(name, "") for name in FIELDS if name != "allow_unknown"}
    texts["note"] = " ".join(texts["note"].split())
    return GoodsFile(**texts, items=tuple(items or ()), unstable=unstable)


def _items(node: yaml.Node, path: Path, field: str) -> Iterator[FileItem]:
    if not isinstance(node, yaml.SequenceNode):
        _fail(f"{field} is not a list", _at(path, node, field), f"write {field}: [ … ]")
    for entry in node.value:
        line = entry.start_mark.line + 1
        if isinstance(entry, yaml.ScalarNode):
            yield FileItem(entry.value.strip(), "", "", line)
        elif isinstance(entry, yaml.MappingNode):
            values = {}
            for key, value in _pairs(entry, path):
                if key not in ITEM_FIELDS:
                    fix = f"fields: {', '.join(ITEM_FIELDS)}"
                    _fail(f"{key!r} is not a field of an item", _at(path, value, key), fix)
                values[key] = _text(value, path, key)
            if "code" not in values:
                _fail("an item has no code", _at(path, entry, field), 'add code: "854231"')
            yield FileItem(values["code"], values.get("description", ""), values.get("group", ""), line)
        else:
            _fail("an entry is neither a code nor an item", _at(path, entry, field), "write {code: …, description: …}")


def _unstable(node: yaml.Node, path: Path) -> Iterator[FileUnstable]:
    example = '{code: "901380", from: HS2017, to: HS2022, reason: …}'
    if not isinstance(node, yaml.SequenceNode):
        _fail("unstable is not a list", _at(path, node, "unstable"), f"write unstable: [{example}]")
    for entry in node.value:
        if not isinstance(entry, yaml.MappingNode):
            _fail("an entry under unstable is not an item", _at(path, entry, "unstable"), f"write {example}")
        values = {}
        for key, value in _pairs(entry, path):
            if key not in UNSTABLE_FIELDS:
                what = f"{key!r} is not a field of an entry under unstable"
                _fail(what, _at(path, value, key), f"fields: {', '.join(UNSTABLE_FIELDS)}")
            values[key] = _text(value, path, key)
        for field in UNSTABLE_FIELDS:
            if not values.get(field):
                _fail(f"an entry under unstable has no {field}", _at(path, entry, field), f"write {example}")
        reason = " ".join(values["reason"].split())
        yield FileUnstable(values["code"], values["from"], values["to"], reason, entry.start_mark.line + 1)


def _pairs(node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        name = _text(key, path, "key")
        if name in seen:
            _fail(f"{name} stands twice", _at(path, key, name), "keep one of them")
        seen.add(name)
        yield name, value


def _text(node: yaml.Node, path: Path, field: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        _fail(f"{field} is not plain text", _at(path, node, field), f"write {field}: text on one line")
    value: str = node.value
    return value.strip()


def _check_items(content: GoodsFile, path: Path, *, known_only: bool) -> None:
    if not content.items and not content.same_as:
        _fail("the list has no codes", str(path), "add at least one code")
    first: dict[str, int] = {}
    for item in content.items:
        where = f"{path}, line {item.line}, field code"
        if not (item.code.isascii() and item.code.isdigit()):
            fix = "write digits alone, without points or blanks: 854231"
            _fail(f"{item.code!r} is not a code of digits", where, fix)
        if len(item.code) not in CODE_LENGTHS:
            fix = f"write 0{item.code}, or a code of 2, 4, 6 or 8 digits"
            what = "has lost a leading zero, or is not whole" if len(item.code) < 8 else "is too long"
            _fail(f"{item.code!r} {what}", where, fix if len(item.code) < 8 else "use 2, 4, 6 or 8 digits")
        if item.code in first:
            _fail(f"{item.code} stands twice", where, f"remove it here or on line {first[item.code]}")
        first[item.code] = item.line
        if known_only and not is_code(item.code, content.revision):
            _fail(f"{item.code} is not a code of {content.revision}", where, _fix_unknown(item.code, content.revision))


def _check_unstable(content: GoodsFile, path: Path, *, known_only: bool) -> None:
    if content.unstable and content.same_as:
        _fail(
            f"the list means {content.same_as}, and names unstable codes of its own",
            f"{path}, line {content.unstable[0].line}, field unstable",
            f"write them in the list {content.same_as}",
        )
    first: dict[tuple[str, str, str], int] = {}
    for entry in content.unstable:
        where = f"{path}, line {entry.line}, field"
        for field, revision in (("from", entry.from_revision), ("to", entry.to_revision)):
            if revision not in REVISIONS:
                _fail(f"{revision!r} is not an HS revision", f"{where} {field}", f"use one of {', '.join(REVISIONS)}")
        if REVISIONS.index(entry.from_revision) >= REVISIONS.index(entry.to_revision):
            what = f"{entry.to_revision} does not come after {entry.from_revision}"
            _fail(what, f"{where} to", "write the older revision under from and the newer under to")
        if not (entry.code.isascii() and entry.code.isdigit() and len(entry.code) in (4, 6)):
            fix = "write the four or six digits of a heading or subheading: 901380"
            _fail(f"{entry.code!r} is not a heading or subheading", f"{where} code", fix)
        key = (entry.code, entry.from_revision, entry.to_revision)
        if key in first:
            what = f"{entry.code} stands twice under unstable for one pair of revisions"
            _fail(what, f"{where} code", f"remove it here or on line {first[key]}")
        first[key] = entry.line
        pair = (entry.from_revision, entry.to_revision)
        if known_only and not any(is_code(entry.code, revision) for revision in pair):
            what = f"{entry.code} is a code of neither {entry.from_revision} nor {entry.to_revision}"
            _fail(what, f"{where} code", "correct the code or the revisions")


def _fix_unknown(code: str, revision: str) -> str:
    others = [other for other in REVISIONS if other != revision and is_code(code, other)]
    if others:
        return f"it is a code of {' and '.join(others)}: set revision: {others[0]} in a YAML file, or use the code's successor"
    return "correct the code, or set allow_unknown: true in a YAML file to keep it"


def _at(path: Path, node: yaml.Node, field: str) -> str:
    return f"{path}, line {node.start_mark.line + 1}, field {field}"


def _fail(what: str, where: str, fix: str) -> NoReturn:
    raise GoodsError(what, where=where, fix=fix)
