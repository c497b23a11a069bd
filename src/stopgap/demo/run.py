"""The main job on the figures in the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stopgap.base.marking import Marking, strictest
from stopgap.briefs.run import write_briefs
from stopgap.demo.claims_run import DemoClaims, with_examples
from stopgap.demo.figures import DemoFile, demo_files
from stopgap.demo.pack import DemoPack, demo_pack
from stopgap.lake.import_options import ImportOptions
from stopgap.lake.importer import Progress, import_files
from stopgap.lake.store import now
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.tables import suppliers_table
from stopgap.panel.prepare import MeasureOptions

EPISODE = "russia-2022"
GOODS = "machinery-electronics"


@dataclass(frozen=True)
class DemoResult:
    """What the demo made."""

    headline: str
    lake: Path
    finding: Finding
    others: tuple[Finding, ...]
    briefs: Mapping[str, Path]
    claims: DemoClaims
    pack: DemoPack
    marking: Marking

    def as_dict(self) -> dict[str, object]:
        """The document that ``demo --format json`` prints."""
        return {
            "headline": self.headline,
            "lake": str(self.lake),
            "briefs": {ending: str(path) for ending, path in self.briefs.items()},
            "finding": self.finding.as_dict(),
            "others": [finding.as_dict() for finding in self.others],
            "claims": [tested.as_dict() for tested in self.claims.tested],
            "claim_pages": {ending: str(path) for ending, path in self.claims.pages.items()},
            "pack": str(self.pack.made.path),
            "pack_key": str(self.pack.key),
        }

    def table(self) -> pa.Table:
        """The suppliers with the largest gains."""
        names = ["supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "net_gain_usd", "ci95", "kind"]
        return suppliers_table(self.finding).select(names).slice(0, 8)

    def where_to_look(self) -> list[str]:
        """Lines on the statements, and on where the brief, the claims' pages and the rows are."""
        lines = self.claims.lines()
        lines += [f"brief: {path}" for path in self.briefs.values()]
        lines += [f"claims: {path}" for path in self.claims.pages.values()]
        lines.append(f"pack:  {self.pack.made.path}")
        lines.append(f"check: {self.pack.command}")
        lines.append(f"lake:  {self.lake}")
        lines.append(f"rows:  stopgap query --lake {self.lake} \"SELECT * FROM trade WHERE partner = 'RUS' LIMIT 10\"")
        return lines


def load_demo(lake: Path, *, progress: Progress | None = None) -> None:
    """Load the bundled figures; those already there change nothing."""
    for demo in demo_files():
        _load(lake, demo, progress)


def _load(lake: Path, demo: DemoFile, progress: Progress | None) -> None:
    options = ImportOptions(
        source="canonical", retrieved=demo.retrieved, published=demo.published or None, terms=demo.terms
    )
    import_files(lake, [demo.path], options, progress=progress)


def run_demo(
    directory: Path, lake: Path, *, when: str | None = None, text: Path | None = None, progress: Progress | None = None
) -> DemoResult:
    """Lake, measures, brief, statements and pack from what is in the package.

    Args:
        directory: Folder for the briefs, the claims' pages and the pack.
        lake: Folder of the lake.
        when: UTC, of the statements' registration; now, when ``None``.
        text: The news report that the statements come from, where it is at hand.
        progress: Called with what is being done.

    Raises:
        NotFoundError: The text is not there.
        InputError: The text is not the one that the statements' offsets count in.
        RefusedError: A folder cannot be written.
    """
    from stopgap.briefs.wording import headline_sentence

    say = progress or (lambda text, share: None)
    load_demo(lake, progress=progress)
    say("testing the statements in the package", None)
    claims = with_examples(lake, directory, when=when or now(), text=text)
    say("measuring and writing the brief", None)
    measured = MeasureOptions(goods=GOODS)
    briefs, model = write_briefs(lake, EPISODE, measured, directory, f"{EPISODE}-brief")
    headline = headline_sentence(model.headline, model.names, model.goods_titles)
    marking = strictest([model.marking, claims.marking])
    say("making the evidence pack", None)
    pack = demo_pack(lake, model, measured, marking, directory, progress)
    return DemoResult(headline, lake, model.headline, model.others, briefs, claims, pack, marking)
