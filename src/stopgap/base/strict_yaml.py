"""Parse YAML from outside strictly: a duplicate key is an error with its line."""

from __future__ import annotations

from typing import Any

DEPTH_LIMIT = 64
"""Maximum nesting depth of mappings and lists; files of Stopgap have at most 8."""


class YamlFault(ValueError):
    """A fault in a YAML text.

    Attributes:
        what: The fault, in a few words.
        line: Line number, from 1; ``None`` if unknown.
        is_yaml: Whether the text is valid YAML that is refused, such as for a duplicate key or too deep nesting.
    """

    def __init__(self, what: str, line: int | None = None, *, is_yaml: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.is_yaml = is_yaml

    def at(self, name: str) -> str:
        """Return the position as the file name and, if known, the line."""
        return f"{name}, line {self.line}" if self.line else name


def loads(text: str, *, typed: bool = False) -> tuple[Any, Any]:
    """Parse a text with one YAML document; return its value and its node (``None`` if the text is empty).

    Args:
        text: The YAML text.
        typed: Convert numbers, dates and booleans; otherwise every scalar stays text.

    Raises:
        YamlFault: The text is not YAML, has several documents, a duplicate key or too deep nesting, or contains a NUL
            or a lone surrogate.
    """
    import yaml

    kind = "SafeLoader" if typed else "BaseLoader"
    loader: Any = getattr(yaml, f"C{kind}", getattr(yaml, kind))(text)
    try:
        node = loader.get_single_node()
        _check(node)
        return (None if node is None else loader.construct_document(node)), node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        if what.startswith("but "):
            what = f"{getattr(error, 'context', None)}, {what}"
        raise YamlFault(" ".join(what.split()), mark.line + 1 if mark else None) from error
    except RecursionError:
        raise YamlFault(_TOO_DEEP, is_yaml=True) from None
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, YamlFault):
            raise
        # What a scalar's form promises and it does not hold: the 45th of a month, a number of 5,000 digits.
        raise YamlFault(" ".join(str(error).split()), is_yaml=True) from error
    finally:
        loader.dispose()


_TOO_DEEP = f"mappings or lists are nested too deep (more than {DEPTH_LIMIT})"


def _check(root: Any) -> None:
    import yaml

    left = [(root, 1)] if root is not None else []
    seen: set[int] = set()
    while left:
        node, depth = left.pop()
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            if any("\ud800" <= character <= "\udfff" or character == "\0" for character in node.value):
                raise YamlFault("a text holds a NUL or half a character", line, is_yaml=True)
            continue
        # An anchor may be used many times, or within itself.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if depth > DEPTH_LIMIT:
            raise YamlFault(_TOO_DEEP, line, is_yaml=True)
        if isinstance(node, yaml.MappingNode):
            _refuse_twice(node)
            left += [(part, depth + 1) for pair in node.value for part in pair]
        else:
            left += [(part, depth + 1) for part in node.value]


def _refuse_twice(node: Any) -> None:
    import yaml

    first: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        line = key.start_mark.line + 1
        name = (key.tag, key.value)
        if name in first:
            raise YamlFault(f"the key {key.value[:60]} stands twice (first on line {first[name]})", line, is_yaml=True)
        first[name] = line
