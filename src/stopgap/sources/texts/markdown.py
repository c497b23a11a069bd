"""Front matter: the lines between two rules at the head of a Markdown file."""

from __future__ import annotations

import re

from stopgap.base import strict_yaml
from stopgap.base.errors import InputError

_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_LINE = re.compile(r"([A-Za-z][\w -]{0,40}):[ \t]+(.+)")
_LIMIT = 65_536


def front_matter(text: str) -> tuple[dict[str, str], int]:
    """What the front matter says, and where the body begins; ``({}, 0)`` where there is none.

    Values that are lists are joined by commas; deeper ones are left out.
    """
    found = _FRONT.match(text[:_LIMIT])
    if found is None or not re.search(r"^[A-Za-z][\w -]{0,40}:(?:\s|$)", found.group(1), re.M):
        return {}, 0
    return _fields(found.group(1)), found.end()


def _fields(block: str) -> dict[str, str]:
    try:
        document, _ = strict_yaml.loads(block)
    except strict_yaml.YamlFault as error:
        if error.is_yaml:
            raise InputError(
                f"the front matter cannot be read: {error.what}",
                where=error.at("front matter"),
                fix="keep one of two fields of one name, or take the front matter out",
            ) from error
        document = None
    if not isinstance(document, dict):
        # Not YAML, yet a reader sees what it says.
        document = dict(_LINE.findall(block))
    fields = {str(name).strip().lower(): _text(value) for name, value in document.items()}
    if "url" not in fields and "source_url" in fields:
        fields["url"] = fields["source_url"]
    return {name: value for name, value in fields.items() if value}


def _text(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(" ".join(part.split()) for part in value)
    return ""
