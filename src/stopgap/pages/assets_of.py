"""Read the scripts, styles, fonts and map of the pages from the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from stopgap.base.errors import NotFoundError

_FONTS = ("SourceSans3-Regular.woff2", "SourceSans3-Semibold.woff2")


def asset_names() -> Iterator[str]:
    """Iterate over the names of all assets; those of fonts begin with ``fonts/``."""
    yield from sorted(each.name for each in (resources.files("stopgap.pages") / "assets").iterdir() if each.is_file())
    yield from (f"fonts/{name}" for name in _FONTS)


def read_asset(name: str) -> bytes:
    """Return an asset.

    Raises:
        NotFoundError: There is none of that name.
    """
    if name not in set(asset_names()):
        raise NotFoundError(f"there is no asset {name[:60]!r}", where="/assets", fix="open / for the pages")
    return _place(name).read_bytes()


def _place(name: str) -> Traversable:
    if name.startswith("fonts/"):
        return resources.files("stopgap.briefs") / "fonts" / name.removeprefix("fonts/")
    return resources.files("stopgap.pages") / "assets" / name
