"""What the endpoints of jobs take: the options of each capability, apart from those that name paths, hosts or secrets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.base.paths import is_path_text
from stopgap.base.request import request_fields
from stopgap.panel.episodes import episode_names
from stopgap.sources.mapping import mapping_names

NOT_OVER_REST = frozenset(
    {
        "engine", "spark_master", "spark_remote", "memory_limit",  # what the service runs on
        "base_url", "allow_http", "key_env", "wait",  # whom it asks, and with which key
        "passphrase", "passphrase_file", "home", "rates", "attach", "output",  # files of the service's machine
        "marked_by", "jobs", "restart",
    }
)  # fmt: skip
"""Options that are those of the service, not of who asks it."""


def body_model(name: str, request: type, *, without: Collection[str] = (), **more: Any) -> type[BaseModel]:
    """Return the model of a body with the options of a request.

    Args:
        name: Name of the schema.
        request: Class of the request.
        without: Options that the body has not, beside :data:`NOT_OVER_REST`.
        more: Further fields, as :func:`pydantic.create_model` takes them.
    """
    fields: dict[str, Any] = dict(more)
    for each in request_fields(request):
        if each.name in NOT_OVER_REST or each.name in without or each.name in more:
            continue
        default = ... if each.default is MISSING else each.default
        own = f"{each.name}_" if hasattr(BaseModel, each.name) else each.name
        fields[own] = (each.kind, Field(default, alias=each.name, description=each.option.help))
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def options_in(body: BaseModel, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the options that a body gives, as JSON keeps them."""
    given = body.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return {name: value for name, value in given.items() if name not in without and value is not None}


def form_options(model: type[BaseModel], fields: Mapping[str, Sequence[str]], several: Collection[str]) -> BaseModel:
    """Return the options that the fields of a form give.

    Args:
        model: Model of the options.
        fields: Values by name.
        several: Names of those that may be given several times.

    Raises:
        UsageError: A field is not known, is given twice, or has a value that it cannot have.
    """
    known = [field.alias or name for name, field in model.model_fields.items()]
    for name, values in fields.items():
        if name not in known:
            near = did_you_mean(name, known)
            raise UsageError(
                f"{name[:40]!r} is no field of this form",
                where="body of the request",
                fix=near or f"use {', '.join(sorted(known))}",
            )
        if len(values) > 1 and name not in several:
            raise UsageError(f"the field {name!r} is given twice", where="body of the request", fix="give it once")
    given = {name: list(values) if name in several else values[0] for name, values in fields.items()}
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            f"the field {'.'.join(map(str, first['loc']))} is not valid: {first['msg']}",
            where="body of the request",
            fix="/docs shows what each field takes",
        ) from None


def need_episode(name: str) -> str:
    """Return the name of a built-in episode.

    Raises:
        NotFoundError: There is none of this name; files of the service's machine are not episodes here.
    """
    known = episode_names()
    if name not in known:
        near = did_you_mean(name[:80], known)
        raise NotFoundError(
            f"there is no episode {name[:80]!r}",
            where=f"episodes/{name[:80]}",
            fix=near or f"built in: {', '.join(known)}",
        )
    return name


def need_mapping(name: str | None) -> None:
    """Refuse what is no mapping of the package.

    Raises:
        NotFoundError: There is none of this name; files of the service's machine are not mappings here.
    """
    known = mapping_names()
    if name is not None and name not in known:
        near = did_you_mean(name[:80], known)
        raise NotFoundError(
            f"there is no mapping {name[:80]!r}", where="mapping", fix=near or f"of the package: {', '.join(known)}"
        )


def need_names(options: Mapping[str, Any], *names: str) -> None:
    """Refuse paths where a name is meant, such as that of a goods list.

    Raises:
        UsageError: An option holds a path.
    """
    for name in names:
        value = options.get(name)
        texts = [value] if isinstance(value, str) else list(value or ())
        for part in [part for text in texts for part in str(text).split(",")]:
            if is_path_text(part):
                raise UsageError(
                    f"{part[:80]!r} is a path; the service reads no files of its machine",
                    where=name,
                    fix="give a name that the service knows, or codes",
                )
