"""The main job on the figures in the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stopgap.demo.figures import DemoFile, demo_files
from stopgap.findings.results import Finding
from stopgap.findings.tables import suppliers_table
from stopgap.lake.importer import ImportOptions, Progress, import_files
from stopgap.workflows.briefing import write_briefs
from stopgap.workflows.preparing import MeasureOptions

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

    def as_dict(self) -> dict[str, object]:
        """The document that ``demo --format json`` prints."""
        return {
            "headline": self.headline,
            "lake": str(self.lake),
            "briefs": {ending: str(path) for ending, path in self.briefs.items()},
            "finding": self.finding.as_dict(),
            "others": [finding.as_dict() for finding in self.others],
        }

    def table(self) -> pa.Table:
        """The suppliers with the largest gains."""
        names = [
            "supplier",
            "baseline_usd",
            "after_usd",
            "gain_usd",
            "share_of_loss",
            "net_gain_usd",
            "ci95",
            "kind",
        ]
        return suppliers_table(self.finding).select(names).slice(0, 8)

    def where_to_look(self) -> list[str]:
        """Lines that say where the brief and the rows are."""
        lines = [f"brief: {path}" for path in self.briefs.values()]
        lines.append(f"lake:  {self.lake}")
        lines.append(
            f"rows:  stopgap query --lake {self.lake} \"SELECT * FROM trade WHERE partner = 'RUS' LIMIT 10\""
        )
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


def run_demo(directory: Path, lake: Path, *, progress: Progress | None = None) -> DemoResult:
    """Lake, measures and brief from the bundled figures.

    Args:
        directory: Folder for the briefs.
        lake: Folder of the lake.
        progress: Called with what is being done.

    Raises:
        RefusedError: A folder cannot be written.
    """
    from stopgap.briefs.wording import headline_sentence

    say = progress or (lambda text, share: None)
    load_demo(lake, progress=progress)
    say("measuring and writing the brief", None)
    briefs, model = write_briefs(lake, EPISODE, MeasureOptions(goods=GOODS), directory, f"{EPISODE}-brief")
    headline = headline_sentence(model.headline, model.names, model.goods_titles)
    return DemoResult(headline, lake, model.headline, model.others, briefs)
