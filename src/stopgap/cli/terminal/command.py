"""Make commands from functions: expand dataclasses of options, and print the answer that a function returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import typer

from stopgap.base.request import Completes, Option, RequestField, option_of, request_fields
from stopgap.base.settings import load_settings
from stopgap.cli.terminal import status_line
from stopgap.cli.terminal.completion import completer
from stopgap.cli.terminal.options import Answer, Detail, Format
from stopgap.cli.terminal.plain_values import PlainCommand, PlainGroup

if TYPE_CHECKING:
    from stopgap.api import Lake
    from stopgap.api.data import Data
    from stopgap.api.measures import Measures
    from stopgap.base.progress import Progress

EpisodeArgument = Annotated[
    str,
    Option(
        "A built-in episode (stopgap episodes), or the path of an episode file.",
        metavar="EPISODE",
        is_argument=True,
        completes=Completes.EPISODE,
    ),
]

LAKE = Option("Folder of the lake (default: $STOPGAP_LAKE, else the user's data folder).", metavar="DIR")
OUTPUT = Option("Write the answer to FILE instead of stdout.", metavar="FILE", flag="--output")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Common options of commands: the lake, and the format of the answer."""

    lake: Annotated[Path | None, LAKE] = None
    answer_format: Annotated[str, Option("How the answer is printed.", flag="--format", choices=Format)] = Format.TABLE
    is_full: Annotated[bool, Option("Print figures in full and all columns.", flag="--full")] = False
    with_notes: Annotated[bool, Option("Print all notes.", flag="--notes")] = False

    @property
    def output(self) -> Path | None:
        """File that the answer is written to; ``None`` for stdout."""
        return None

    @property
    def format(self) -> Format:
        """Format in which the answer is printed."""
        return Format(self.answer_format)

    @property
    def detail(self) -> Detail:
        """How much of the answer is shown on a terminal."""
        return Detail(self.is_full, self.with_notes)

    @property
    def folder(self) -> Path:
        """Folder of the lake."""
        return load_settings(lake=self.lake).lake

    def open(self, progress: Progress | None = None) -> Lake:
        """Open the lake; ``progress`` is called during long operations, where ``None`` the status line is."""
        from stopgap.api import Lake

        return Lake(self.folder, progress or status_line.say)

    def data(self, progress: Progress | None = None) -> Data:
        """Open the lake with the methods about its data alone, which loads faster; see :meth:`open`."""
        from stopgap.api.data import Data

        return Data(self.folder, progress or status_line.say)

    def measures(self, progress: Progress | None = None) -> Measures:
        """Open the lake with the methods that measure alone, which loads faster; see :meth:`open`."""
        from stopgap.api.measures import Measures

        return Measures(self.folder, progress or status_line.say)


@dataclass(frozen=True, kw_only=True)
class WrittenAnswer(Shown):
    """Common options as :class:`Shown`, plus ``--output``: the file that the answer is written to."""

    answer_file: Annotated[Path | None, OUTPUT] = None

    @property
    def output(self) -> Path | None:
        """File that the answer is written to; ``None`` for stdout."""
        return self.answer_file


def group(into: typer.Typer, name: str, help: str, *, no_args_is_help: bool = True) -> typer.Typer:
    """Create a group of commands and add it to the group ``into``."""
    made = typer.Typer(cls=PlainGroup, help=help, no_args_is_help=no_args_is_help, rich_markup_mode=None)
    into.add_typer(made, name=name)
    return made


def command(group: typer.Typer, name: str) -> Callable[[Callable[..., Answer | None]], Callable[..., None]]:
    """Return a decorator that adds a function to a group as a command.

    Each parameter that is a dataclass of options (:mod:`stopgap.base.request`) becomes one option per field; a
    parameter that is annotated with an option becomes that option. Late options stand after the others. The parameter
    ``shown`` determines how the returned answer is printed.

    Args:
        group: The group.
        name: Name of the command.
    """

    def add(function: Callable[..., Answer | None]) -> Callable[..., None]:
        made = spelled_out(function)
        group.command(name, cls=PlainCommand)(made)
        return made

    return add


def spelled_out(function: Callable[..., Answer | None]) -> Callable[..., None]:
    """Wrap a function so that it has one parameter per option, as Typer requires, and prints its answer."""
    hints = get_type_hints(function, include_extras=True)
    parameters: list[inspect.Parameter] = []
    of_answer: list[inspect.Parameter] = []
    late: set[str] = set()
    groups: dict[str, tuple[type, tuple[str, ...]]] = {}
    for parameter in inspect.signature(function).parameters.values():
        kind = hints[parameter.name]
        if is_dataclass(kind) and isinstance(kind, type):
            options = [option for option in request_fields(kind) if not option.option.in_python_only]
            groups[parameter.name] = kind, tuple(option.name for option in options)
            late |= {option.name for option in options if option.option.is_late}
            (of_answer if issubclass(kind, Shown) else parameters).extend(map(_parameter, options))
        elif (option := option_of(kind)) is not None:
            default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
            parameters.append(_parameter(RequestField(parameter.name, get_args(kind)[0], option, default)))
        else:
            parameters.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))

    def run(**given: Any) -> None:
        for name, (kind, names) in groups.items():
            given[name] = _request(kind, {each: given.pop(each) for each in names})
        answer = function(**given)
        if answer is not None:
            status_line.end()
            from stopgap.cli.terminal.output import emit

            shown = given["shown"]
            is_of_lake = answer.marking is not None
            emit(answer, shown.format, shown.output, shown.detail)
            if is_of_lake and not answer.table.num_rows:
                _tell_no_lake(shown)
            if answer.exit_code:
                raise typer.Exit(answer.exit_code)

    # what must be given stands first, what many commands have last
    parameters.sort(key=lambda each: (each.default is not inspect.Parameter.empty, each.name in late))
    parameters += of_answer
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = function.__doc__
    run.__name__ = function.__name__
    run.__module__ = function.__module__
    return run


def _tell_no_lake(shown: Shown) -> None:
    """Say on stderr that an answer is empty because no lake is where one was asked for."""
    why = shown.open().no_lake
    if why is not None:
        from stopgap.cli.terminal.telling import tell

        tell(f"note: {why}")


def _request(kind: type, values: Mapping[str, Any]) -> Any:
    """Build a dataclass of options from the values given on the command line; repeated options become tuples."""
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if value is not None
    }
    return kind(**given)


def _parameter(field: RequestField) -> inspect.Parameter:
    option = field.option
    kind = field.kind if option.choices is None else _with_choices(field)
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    if default == ():
        default = None
    settings: dict[str, Any] = {"help": option.help, "metavar": option.metavar}
    if option.least is not None or option.most is not None:
        settings |= {"min": option.least, "max": option.most}
    if default is None or default is inspect.Parameter.empty:
        settings["show_default"] = False
    if option.completes is not None:
        settings["autocompletion"] = completer(option.completes)
    spelled = typer.Argument(**settings) if option.is_argument else typer.Option(field.flag, **settings)
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[_asked_as(kind), spelled], default=default
    )


def _with_choices(field: RequestField) -> Any:
    choices: Any = field.option.choices
    if get_origin(field.kind) is tuple:
        return tuple[choices, ...]
    return choices if field.default not in (None, MISSING) or field.kind is str else choices | None


def _asked_as(kind: Any) -> Any:
    """Return the type with which Typer parses a value: where the Python API accepts text and other types, text."""
    if get_origin(kind) in (tuple, Sequence):
        return list[_asked_as(get_args(kind)[0])] | None  # type: ignore[misc]
    kinds = get_args(kind)
    if str not in kinds:
        return kind
    text = Path if Path in kinds else str
    return text | None if type(None) in kinds else text
