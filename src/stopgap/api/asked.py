"""Decorators for methods that take a request, or its options as keywords: ``lake.measure(episode, goods="chips")``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING
from enum import StrEnum
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from stopgap.base.near_names import near_names, one_of
from stopgap.base.request import request_fields

Options = ParamSpec("Options")
Asker = TypeVar("Asker")
Subject = TypeVar("Subject")
Subject_contra = TypeVar("Subject_contra", contravariant=True)
Request = TypeVar("Request")
Request_contra = TypeVar("Request_contra", contravariant=True)
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class CallOf(Protocol[Subject_contra, Options, Request_contra, Result_co]):
    """How a method of a subject is called: with a request, or with the options of one."""

    @overload
    def __call__(self, subject: Subject_contra, request: Request_contra, /) -> Result_co: ...

    @overload
    def __call__(self, subject: Subject_contra, /, *args: Options.args, **options: Options.kwargs) -> Result_co: ...


class Call(Protocol[Options, Request_contra, Result_co]):
    """How a method without a subject is called: with a request, or with the options of one."""

    @overload
    def __call__(self, request: Request_contra, /) -> Result_co: ...

    @overload
    def __call__(self, *args: Options.args, **options: Options.kwargs) -> Result_co: ...


class SubjectMethod(Protocol[Subject_contra, Options, Request_contra, Result_co]):
    """A method of a subject, such as an episode, on its class."""

    @overload
    def __get__(self, asker: None, owner: type, /) -> Callable[..., Result_co]: ...

    @overload
    def __get__(self, asker: object, owner: type, /) -> CallOf[Subject_contra, Options, Request_contra, Result_co]: ...


class RequestMethod(Protocol[Options, Request_contra, Result_co]):
    """A method without a subject, on its class."""

    @overload
    def __get__(self, asker: None, owner: type, /) -> Callable[..., Result_co]: ...

    @overload
    def __get__(self, asker: object, owner: type, /) -> Call[Options, Request_contra, Result_co]: ...


def asked_of(
    request: Callable[Options, Request],
) -> Callable[[Callable[[Asker, Subject, Request], Result]], SubjectMethod[Subject, Options, Request, Result]]:
    """Let a method of a subject take the options of a request as keywords.

    Args:
        request: Class of the request; its fields are the options.
    """
    return lambda method: cast(Any, _keyworded(method, cast(type, request)))


def asked(
    request: Callable[Options, Request],
) -> Callable[[Callable[[Asker, Request], Result]], RequestMethod[Options, Request, Result]]:
    """Let a method without a subject take the options of a request as keywords.

    Args:
        request: Class of the request; its fields are the options.
    """
    return lambda method: cast(Any, _keyworded(method, cast(type, request)))


def _keyworded(method: Callable[..., Result], request: type) -> Callable[..., Result]:
    *own, last = inspect.signature(method).parameters.values()
    names = {parameter.name for parameter in own}
    known = [field.name for field in request_fields(request)]

    def call(*given: Any, **options: Any) -> Result:
        if given and isinstance(given[-1], request):
            return method(*given, **options)
        mine = {name: options.pop(name) for name in names & options.keys()}
        if unknown := sorted(options.keys() - set(known)):
            flags = {field.flag.lstrip("-").replace("-", "_"): field.name for field in request_fields(request)}
            near = [flags[unknown[0]]] if unknown[0] in flags else near_names(unknown[0], known)
            hint = f"did you mean {one_of(near)}? " if near else ""
            raise TypeError(f"{method.__name__}() has no option {unknown[0]!r}; {hint}It has {', '.join(known)}")
        return method(*given, **mine, **{last.name: request(**options)})

    call.__name__, call.__qualname__, call.__module__ = (method.__name__, method.__qualname__, method.__module__)
    call.__doc__ = _documented(method.__doc__ or "", request)
    call.__signature__ = inspect.Signature([*own, *_keywords(request)])  # type: ignore[attr-defined]
    call.request = request  # type: ignore[attr-defined]
    return call


def _keywords(request: type) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else _plain(field.default),
            annotation=field.kind,
        )
        for field in request_fields(request)
    ]


def _plain(default: Any) -> Any:
    """A default as one would write it: the text of an enumeration's member."""
    return default.value if isinstance(default, StrEnum) else default


def _documented(text: str, request: type) -> str:
    """The docstring with a line for each option."""
    options = "\n".join(f"            {each.name}: {each.option.help}" for each in request_fields(request))
    head, found, rest = text.partition("        Raises:")
    lead = head if "Args:" in head else f"{head.rstrip()}\n\n        Args:\n"
    return f"{lead.rstrip()}\n{options}\n\n{found}{rest}".rstrip() + "\n"
