"""Load and validate mapping files: YAML that maps a table's columns to ours (docs/reference/mapping.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base import strict_yaml
from stopgap.base.errors import InputError, NotFoundError
from stopgap.base.near_names import did_you_mean
from stopgap.base.paths import exists, is_path_text, is_regular_file, no_file

if TYPE_CHECKING:
    import yaml

    from stopgap.sources.declarations.spec import DeclarationSpec
    from stopgap.sources.lists.mapped_spec import ListSpec
    from stopgap.sources.mappings.spec import Spec

SAVED = Path(__file__).parent / "mappings"
SIZE_LIMIT = 262_144


@dataclass(frozen=True, slots=True)
class Mapping:
    """A validated mapping; ``name`` is that of the saved mapping or of the file, without its extension.

    ``sha256`` is the hash of the file's bytes: imports with the same hash used an identical mapping.
    """

    name: str
    spec: Spec | DeclarationSpec | ListSpec
    sha256: str

    @property
    def table(self) -> str:
        """Table of the lake that the mapped rows are imported into."""
        return self.spec.table

    @property
    def encoding(self) -> str | None:
        """Encoding of the files that the mapping is for; None for UTF-8."""
        return self.spec.encoding


def mapping_names() -> list[str]:
    """Return the names of the mappings that come with the package, sorted."""
    return sorted(path.stem for path in SAVED.glob("*.yml"))


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Load a saved mapping by name, or one from a file.

    Raises:
        NotFoundError: There is neither a saved mapping of this name nor such a file.
        InputError: The mapping is invalid; the error lists each fault with its line.
    """
    saved = SAVED / f"{name_or_path}.yml"
    path = saved if str(name_or_path) in mapping_names() else Path(name_or_path)
    if not is_regular_file(path):
        raise _no_mapping(name_or_path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the mapping cannot be read: {error.strerror}", where=str(path), fix="check that you may read it"
        ) from error
    if len(data) > SIZE_LIMIT:
        raise InputError("the mapping is larger than 256 kB", where=path.name, fix="is this the mapping, not the data?")
    return Mapping(name=path.stem, spec=validate_mapping(data, path.name), sha256=hashlib.sha256(data).hexdigest())


def _no_mapping(asked: str | Path) -> NotFoundError:
    """Return the error for a text that is neither a saved mapping nor the path of a file; it names the nearest."""
    listed = f"that come with the package: {', '.join(mapping_names())}"
    if isinstance(asked, Path) or is_path_text(asked) or (asked and exists(Path(asked))):
        near = did_you_mean(Path(asked).stem, mapping_names())
        fix = f"or give the name of one of those {listed}" if not near else f"or give a name, without an ending: {near}"
        return no_file(Path(asked), "a mapping", fix=fix, suffixes=(".yml", ".yaml"))
    return NotFoundError(
        f"no mapping is called {asked[:200]!r}",
        where="--map",
        fix=f"{did_you_mean(asked, mapping_names())} Give the path of a mapping file, or one of those {listed}".strip(),
    )


def validate_mapping(data: bytes, name: str) -> Spec | DeclarationSpec | ListSpec:
    """Parse and validate a mapping.

    Raises:
        InputError: The bytes are not YAML, or a field is unknown, missing or invalid: the message has the first
            fault with its line, ``details`` all of them.
    """
    from pydantic import ValidationError

    from stopgap.sources.declarations.spec import DeclarationSpec
    from stopgap.sources.lists.mapped_spec import ListSpec
    from stopgap.sources.mappings.spec import Spec

    try:
        # All scalars are read as text: in a mapping NO is Norway, and 010121 has its zero.
        content, node = strict_yaml.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"the mapping is not UTF-8: byte {error.start}", where=name, fix="save it as UTF-8") from error
    except strict_yaml.YamlFault as error:
        what = "cannot be read" if error.is_yaml else "is not YAML"
        plain = "mind indentation, and quote texts that hold a colon or a brace"
        fix = "keep one of the two keys" if "stands twice" in error.what else plain
        raise InputError(f"the mapping {what}: {error.what}", where=error.at(name), fix=fix) from error
    if not isinstance(content, dict) or node is None:
        raise InputError("the mapping holds no fields", where=name, fix="docs/reference/mapping.md lists the fields")
    kinds: dict[str, type[Spec | DeclarationSpec | ListSpec]] = {"declarations": DeclarationSpec, "listed": ListSpec}
    try:
        return kinds.get(str(content.get("table")), Spec).model_validate(content)
    except ValidationError as error:
        found = [_fault(node, fault) for fault in error.errors(include_url=False)]
        # A field that may be given in two ways is found wrong in both.
        faults = list({(line, field): (line, field, what) for line, field, what in reversed(found)}.values())[::-1]
        line, field, what = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(
            f"mapping field {field}: {what}{more}",
            where=f"{name}, line {line}",
            fix="docs/reference/mapping.md lists the fields and what each may hold",
            details={"faults": [{"line": at, "field": name, "what": says} for at, name, says in faults]},
        ) from error


def _fault(node: yaml.Node, fault: Any) -> tuple[int, str, str]:
    """Return the line, field and message of one pydantic validation error."""
    line, path = node.start_mark.line + 1, []
    for step in fault["loc"]:
        found = _child(node, step)
        if found is None:
            # A step that names a model, not a field; or the field is not there.
            if fault["type"] == "missing" and step == fault["loc"][-1]:
                path.append(str(step))
            continue
        node, line = found
        path.append(str(step))
    what = str(fault["msg"]).removeprefix("Value error, ")
    what = {"Extra inputs are not permitted": "no such field", "Field required": "is needed"}.get(what, what)
    return line, ".".join(path) or "(the whole)", what


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, int] | None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None
