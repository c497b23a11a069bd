"""Convert frozen dataclass results to plain JSON, and hash them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from stopgap.base.spreadsheets import plain
from stopgap.base.visible_text import HIDDEN, json_escaped

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Sealed = TypeVar("Sealed", bound=DataclassInstance)


def as_document(result: DataclassInstance) -> dict[str, Any]:
    """Convert a frozen dataclass to plain JSON values: no tuples; NaN is an error."""
    document: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False, default=_members))
    return document


def _members(value: Any) -> Any:
    """Return the fields of an object, and the sorted members of a set."""
    return sorted(value) if isinstance(value, frozenset) else vars(value)


def json_text(document: Any) -> str:
    """Return a document as JSON as answers are: NaN is an error, dates as text, only invisible characters escaped."""
    return json_escaped(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=plain))


def json_bytes(document: Any, *, default: Callable[[Any], Any] | None = None) -> bytes:
    """Serialise a document deterministically: UTF-8, keys sorted, indent 1, hidden characters escaped, final line end.

    Args:
        document: Plain JSON values, or values that ``default`` converts to them.
        default: Converts a value that JSON does not support.

    Raises:
        ValueError: A number is not finite, or text is not Unicode.
        TypeError: A value is not supported by JSON.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1, default=default)
    text.encode("utf-8")  # text that is not Unicode is refused, not escaped
    return (json_escaped(text) + "\n").encode("utf-8")


def yaml_text(document: Any, *, width: int) -> str:
    """Serialise a document as YAML in its own order; all non-ASCII is escaped if it has hidden characters."""
    import yaml

    def dumped(*, as_is: bool) -> str:
        text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=as_is, width=width)
        return text

    text = dumped(as_is=True)
    return text if HIDDEN.search(text) is None else dumped(as_is=False)


def sealed(finding: Sealed) -> Sealed:
    """Return a finding with ``finding_id`` set to the SHA-256 of all its other fields."""
    bare = replace(finding, finding_id="")
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), allow_nan=False, default=vars)
    return replace(finding, finding_id="sha256:" + hashlib.sha256(text.encode()).hexdigest())
