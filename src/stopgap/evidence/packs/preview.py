"""Preview a pack before it is made: what it would hold, what would be withheld and why, and who could receive it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Markable, Marking, strictest
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.markings.effective import EffectiveMarkings, read_markings
from stopgap.evidence.packs.create import gathered_for, too_high
from stopgap.evidence.packs.gathering import Gathered, PackOptions
from stopgap.evidence.packs.release_selection import Weighed, weigh

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class PreviewItem:
    """A piece of evidence that was asked for.

    Attributes:
        id: Its id, as in the pack.
        kind: ``finding``, ``receipt``, ``verdict`` and so on.
        title: What it is.
        effective: Its marking, with that of what it rests on.
        reason: Why it would be withheld; ``None`` where it would be released.
    """

    id: str
    kind: str
    title: str
    effective: Marking
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the item as JSON."""
        return {
            "id": self.id, "kind": self.kind, "title": self.title, "marking": self.effective.as_dict(), "reason": self.reason,
        }  # fmt: skip


@dataclass(frozen=True)
class PackPreview(Markable):
    """What a pack would hold, without a file of it.

    Attributes:
        episode: Name of the episode.
        as_of: Vintage that it would be made of.
        audience: Marking of the pack.
        released: Evidence that would be in it, by kind and title.
        withheld: Evidence that was asked for and would not be in it.
        counted: Rows and numbers that would be withheld although their items are released: (kind, reason, count).
        refusal: Why it would be refused unless what is above the marking is left out; ``None`` where it would be made.
    """

    episode: str
    as_of: str
    audience: Marking
    released: tuple[PreviewItem, ...]
    withheld: tuple[PreviewItem, ...]
    counted: tuple[tuple[str, str, int], ...]
    refusal: str | None

    @property
    def economies(self) -> frozenset[str] | None:
        """Economies to which all that would be released may go; ``None`` where no piece of it names economies."""
        return strictest(item.effective for item in self.released).releasable_to

    @property
    def would_be_made(self) -> bool:
        """Whether the pack can be made as it was asked for."""
        return self.refusal is None

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as JSON."""
        return {
            "episode": self.episode,
            "as_of": self.as_of,
            "pack_marking": self.audience.as_dict(),
            "would_be_made": self.would_be_made,
            "refusal": self.refusal,
            "releasable_to": None if self.economies is None else sorted(self.economies),
            "released": [item.as_dict() for item in self.released],
            "withheld": [item.as_dict() for item in self.withheld],
            "counted": [{"kind": kind, "reason": reason, "count": count} for kind, reason, count in self.counted],
        }

    def table(self) -> pa.Table:
        """Return :meth:`rows` as an Arrow table."""
        import pyarrow as pa

        texts = [(name, pa.string()) for name in ("kind", "title", "marking")]
        return pa.Table.from_pylist(
            self.rows(), schema=pa.schema([*texts, ("released", pa.bool_()), ("reason", pa.string())])
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one row an item."""
        return [
            {"kind": item.kind, "title": item.title, "marking": item.effective.label, "released": item.reason is None, "reason": item.reason}
            for item in (*self.released, *self.withheld)
        ]  # fmt: skip


def preview_pack(lake: Path, named: str, options: PackOptions) -> PackPreview:
    """Tell what a pack of an episode would hold; nothing is written and nothing is signed.

    Raises:
        NotFoundError: Unknown episode, goods list, vintage or claim.
        MissingDataError: The lake lacks the figures.
        RefusedError: A finding above the marking cannot be measured again, or no figures remain.
    """
    markings = read_markings(lake)
    gathered, refusal, files = _gathered(lake, named, options, markings)
    asked = replace(options, redact=True)
    weighed = weigh(lake, gathered, markings, asked)
    if refusal is None and not options.redact and weighed.is_short:
        refusal = too_high(weighed, options.audience).what
    if refusal is None and not weighed.has_findings:
        refusal = f"without what is above {options.audience.label}, no finding is left"
    matter = {str(each["id"]).removeprefix("receipt:") for each in files}
    hidden = {
        receipt.receipt: receipt for receipt, _ in gathered.withheld if options.redact or receipt.receipt in matter
    }
    not_read = [
        PreviewItem(
            f"receipt:{each.receipt}", "receipt", f"{each.source}: {each.file_name}", markings.of_receipt(each),
            _why(markings.of_receipt(each), options.audience),
        )
        for each in hidden.values()
    ]  # fmt: skip
    return PackPreview(
        gathered.episode.name,
        gathered.snapshot.vintage,
        options.audience,
        tuple(_sorted(_released(weighed))),
        tuple(_sorted([*not_read, *_withheld(weighed)])),
        tuple((kind, reason, count) for (kind, reason), count in sorted(Counter(weighed.withheld).items())),
        refusal,
    )


def _gathered(
    lake: Path, named: str, options: PackOptions, markings: EffectiveMarkings
) -> tuple[Gathered, str | None, Sequence[Mapping[str, Any]]]:
    """Gather the evidence; return also why the pack is refused for files above its marking, and these files."""
    try:
        return gathered_for(lake, named, options, markings, _quiet), None, ()
    except RefusedError as error:
        files: Any = error.details.get("too_high", ())
        if not files:
            raise
        return gathered_for(lake, named, replace(options, redact=True), markings, _quiet), error.what, files


def _quiet(text: str, share: float | None) -> None:
    del text, share


def _released(weighed: Weighed) -> Iterable[PreviewItem]:
    effective = weighed.graph.effective
    return [
        PreviewItem(thing.item.id, thing.item.kind, thing.item.title, effective[thing.item.id])
        for thing in weighed.things
    ]


def _withheld(weighed: Weighed) -> Iterable[PreviewItem]:
    item, effective = weighed.graph.item, weighed.graph.effective
    return [
        PreviewItem(name, item[name].kind, item[name].title, effective[name], reason.value)
        for name, reason in weighed.lacking.items()
    ]


def _why(marking: Marking, audience: Marking) -> str:
    return (Reason.ABOVE if marking.tlp > audience.tlp else Reason.OUTSIDE).value


def _sorted(items: Iterable[PreviewItem]) -> list[PreviewItem]:
    return sorted(items, key=lambda item: (item.kind, item.title, item.id))
