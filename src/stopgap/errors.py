"""The errors that Stopgap raises, for code that calls it (:mod:`stopgap.base.errors`)."""

from stopgap.base.errors import (
    EpisodeError,
    GoodsError,
    IdentityError,
    InputError,
    MissingDataError,
    NotFoundError,
    RefusedError,
    StopgapError,
    UnreachableError,
    UsageError,
)

__all__ = [
    "EpisodeError",
    "GoodsError",
    "IdentityError",
    "InputError",
    "MissingDataError",
    "NotFoundError",
    "RefusedError",
    "StopgapError",
    "UnreachableError",
    "UsageError",
]
