"""Declare the options of each capability once, as fields of a frozen dataclass (its request).

Each field is annotated with :class:`Option`. The command line derives its options from the fields, the Python API its
keyword arguments, and the REST service its parameters.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints


class Completes(StrEnum):
    """What the values of an option are, for the completion of the shell."""

    EPISODE = "episode"
    GOODS = "goods"
    ECONOMY = "economy"
    REVISION = "revision"
    SOURCE = "source"
    SERVICE = "service"
    MAPPING = "mapping"
    VINTAGE = "vintage"
    LISTED = "list"
    CLAIM = "claim"
    ALERT = "alert"
    KEY = "key"
    MARKING = "marking"


@dataclass(frozen=True, slots=True)
class Option:
    """Declaration of one option: its help text, command-line form and limits.

    Attributes:
        help: Help text, in one sentence.
        metavar: Placeholder for the value in help texts.
        flag: Long flag on the command line, if it differs from the field's name.
        choices: Allowed values.
        least: Smallest number allowed.
        most: Largest number allowed.
        is_argument: Whether it is a positional argument on the command line.
        in_python_only: Whether the command line lacks it, such as a passphrase, which others could see there.
        completes: What its values are, so that a shell can complete them.
        is_late: Whether it stands behind the other options of a command.
    """

    help: str
    metavar: str | None = None
    flag: str | None = None
    choices: type[StrEnum] | None = None
    least: float | None = None
    most: float | None = None
    is_argument: bool = False
    in_python_only: bool = False
    completes: Completes | None = None
    is_late: bool = False


AS_OF = Option(
    "Read an earlier vintage (v3), or the last one up to a day (2024-06-01).",
    metavar="VINTAGE",
    completes=Completes.VINTAGE,
)
"""Option for the vintage to read."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """One field of a request, with its option.

    Attributes:
        name: Name of the field, and keyword argument in Python.
        kind: Type of the value.
        option: Declaration of the option.
        default: Value if it is not given; :data:`dataclasses.MISSING` if it is required.
    """

    name: str
    kind: Any
    option: Option
    default: Any

    @property
    def flag(self) -> str:
        """Long flag on the command line."""
        return self.option.flag or f"--{self.name.replace('_', '-')}"


@cache
def request_fields(request: type) -> tuple[RequestField, ...]:
    """Return the fields of a request, in the order of their declaration.

    Raises:
        TypeError: A field is not annotated with an :class:`Option`.
    """
    hints = get_type_hints(request, include_extras=True)
    return tuple(_field(request, each, hints[each.name]) for each in fields(request))


def option_of(hint: Any) -> Option | None:
    """Return the option in an annotation; ``None`` if it has none."""
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Option)), None)


def _field(request: type, field: Field[Any], hint: Any) -> RequestField:
    option = option_of(hint)
    if option is None:
        raise TypeError(f"{request.__name__}.{field.name} says not how it is asked for: annotate it with Option(...)")
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return RequestField(field.name, get_args(hint)[0], option, default)
