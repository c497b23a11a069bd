"""What users ask of a capability: frozen dataclasses whose fields are its options.

Each option is declared once, as a field annotated with :class:`Option`. The command line makes its options from the fields,
the Python API its keyword arguments, the service its parameters.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Option:
    """How a field of a request is asked for.

    Attributes:
        help: What it does, in one sentence.
        metavar: Its value in help texts.
        flag: Its long flag on the command line, where that is not the field's name.
        choices: The values that it may have.
        least: Smallest number allowed.
        most: Largest number allowed.
        is_argument: Whether it stands on the command line without a flag.
        in_python_only: Whether the command line has it not, as a passphrase: what is typed there is seen by others.
    """

    help: str
    metavar: str | None = None
    flag: str | None = None
    choices: type[StrEnum] | None = None
    least: float | None = None
    most: float | None = None
    is_argument: bool = False
    in_python_only: bool = False


AS_OF = Option("Read an earlier vintage (v3), or the last one up to a day (2024-06-01).", metavar="VINTAGE")
"""The vintage that is read."""


@dataclass(frozen=True, slots=True)
class RequestField:
    """One option of a request.

    Attributes:
        name: Field of the dataclass, and keyword in Python.
        kind: Type of its value.
        option: How it is asked for.
        default: Value where it is not given; :data:`dataclasses.MISSING` where it must be.
    """

    name: str
    kind: Any
    option: Option
    default: Any

    @property
    def flag(self) -> str:
        """The long flag on the command line."""
        return self.option.flag or f"--{self.name.replace('_', '-')}"


@cache
def request_fields(request: type) -> tuple[RequestField, ...]:
    """The options of a request, in the order of their declaration.

    Raises:
        TypeError: A field is not annotated with an :class:`Option`.
    """
    hints = get_type_hints(request, include_extras=True)
    return tuple(_field(request, each, hints[each.name]) for each in fields(request))


def option_of(hint: Any) -> Option | None:
    """The option that an annotation carries; ``None`` where it carries none."""
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Option)), None)


def _field(request: type, field: Field[Any], hint: Any) -> RequestField:
    option = option_of(hint)
    if option is None:
        raise TypeError(f"{request.__name__}.{field.name} says not how it is asked for: annotate it with Option(...)")
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return RequestField(field.name, get_args(hint)[0], option, default)
