"""Make a pack: the form, and the preview of what would be released, what withheld and who could receive it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, Tlp
from stopgap.briefs.pack_page import KINDS
from stopgap.evidence.packs.request import USUAL_PARTS, PreviewRequest
from stopgap.pages.episode.query import economy_names
from stopgap.pages.packs.listed import pack_tabs
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.panel.episodes import episode_names, load_episode

if TYPE_CHECKING:
    from stopgap.evidence.packs.preview import PackPreview, PreviewItem

REASONS = {
    "above the marking": "it is marked above the pack",
    "outside releasability": "it may not go to all of the economies that the pack names",
    "rests on what is left out": "it rests on something that is withheld",
    "would reveal by subtraction": "it would reveal something withheld by subtraction",
    "small cell": "too few reporters stand behind it",
}
"""Reason, as packs write it -> the same in a sentence."""


@dataclass(frozen=True)
class MadeOf:
    """One kind of evidence of a preview: heading, how many, markings of them, titles."""

    heading: str
    count: int
    markings: str
    titles: tuple[str, ...]


def make_page(lake: Lake, *, clearance: Marking | None, may_redact: bool, episode: str | None = None) -> PageContent:
    """Return the form of a pack.

    Args:
        lake: The lake.
        clearance: Clearance of the person; markings above it are not offered.
        may_redact: Whether the person may leave out what is above the marking.
        episode: Episode that is chosen.
    """
    levels = [level for level in Tlp if clearance is None or level <= clearance.tlp]
    try:
        keys = tuple(view.found.name for view in lake.keys.list().keys if view.state == "own")
    except StopgapError:
        keys = ()
    return PageContent(
        template="packs/make.html",
        title="Make a pack",
        kicker="A signed evidence pack of an episode: figures with their rows, statements, sources, and what it takes to check them",
        nav="/packs",
        tabs=pack_tabs("/packs/new", may_make=True),
        values={
            "episodes": tuple((name, load_episode(name).title) for name in episode_names()),
            "episode": episode or "",
            "levels": tuple((level.name.replace("_", "+"), f"{level.label}: {level.allows}") for level in levels),
            "keys": keys,
            "parts": tuple(map(str, USUAL_PARTS)),
            "may_redact": may_redact,
        },
    )


def audience_page(lake: Lake, audience: Marking, later: str, *, people: Sequence[str] | None) -> PageContent:
    """Return who a marking admits, which takes no measuring; what a pack would hold is loaded after it.

    Args:
        lake: The lake.
        audience: Marking of the pack.
        later: Address of the part with what it would hold.
        people: Names of the people of the service whose clearance admits it; ``None`` where the one who looks may not know.
    """
    del lake
    return PageContent(
        template="packs/audience.html",
        title="Who would see this",
        nav="/packs",
        values={"audience": audience, "people": people, "later": later},
    )


def preview_page(lake: Lake, episode: str, request: PreviewRequest) -> PageContent:
    """Return what a pack would hold, and what would be withheld; nothing is made.

    Args:
        lake: The lake.
        episode: Name of the episode.
        request: What the pack would be made with.

    Raises:
        StopgapError: As :meth:`stopgap.api.packs.Packs.preview` does.
    """
    found = lake.packs.preview(episode, request)
    return PageContent(
        template="packs/preview.html",
        title="What the pack would hold",
        marking=found.marking,
        nav="/packs",
        values={
            "preview": found,
            "receivers": receivers(found),
            "released": _by_kind(found.released),
            "withheld": _withheld_table(found),
        },
    )


def receivers(found: PackPreview) -> str:
    """Return in a sentence which economies could receive the pack."""
    names = economy_names()
    asked = found.audience.releasable_to
    if asked:
        return f"The pack says that it may go to {_said(asked, names)}, and to no other economy."
    if found.economies is None:
        return "Nothing in it names economies: the level alone decides who may receive it."
    if not found.economies:
        return "What is in it may be released to no other economy."
    return f"What is in it may go to {_said(found.economies, names)} alone; name them under “Releasable to”."


def _said(codes: frozenset[str], names: object) -> str:
    known = dict(names)  # type: ignore[call-overload]
    said = sorted(known.get(code, code) for code in codes)
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _by_kind(items: Sequence[PreviewItem]) -> tuple[MadeOf, ...]:
    made = []
    for kind, (heading, _) in KINDS.items():
        own = [item for item in items if item.kind == kind]
        if own:
            counts = Counter(item.effective.label for item in own)
            said = ", ".join(f"{count} {label}" for label, count in sorted(counts.items()))
            made.append(MadeOf(heading, len(own), said, tuple(item.title for item in own)))
    return tuple(made)


def _withheld_table(found: PackPreview) -> TableView:
    columns = (TableColumn("What"), TableColumn("Kind"), TableColumn("Marking"), TableColumn("Why it is withheld"))
    rows = [
        (
            Cell(item.title),
            Cell(item.kind),
            Cell(item.effective.label),
            Cell(REASONS.get(item.reason or "", item.reason or "")),
        )
        for item in found.withheld
    ]
    rows += [
        (
            Cell(f"{count:,} {kind}{'s' if count != 1 else ''} of what is released"),
            Cell(kind),
            Cell(""),
            Cell(REASONS.get(reason, reason)),
        )
        for kind, reason, count in found.counted
    ]
    return TableView(
        "withheld", f"Asked for, and withheld at {found.audience.label}", columns, tuple(rows),
        empty="Nothing that was asked for would be withheld.",
    )  # fmt: skip
