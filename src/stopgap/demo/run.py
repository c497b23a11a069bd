"""The demo: import what is bundled, measure, write a brief, screen names, and sign a pack with a public demonstration key."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pyarrow as pa

from stopgap.base.atomic_files import write_whole
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.base.progress import Progress
from stopgap.briefs.model import BriefModel
from stopgap.briefs.run import write_briefs
from stopgap.demo.claims import DemoClaims, with_examples
from stopgap.demo.screened import SAMPLE, ScreenedSample, screen_sample
from stopgap.evidence.keys.signing_keys import make_key
from stopgap.evidence.packs.create import MadePack, Say, create_pack
from stopgap.evidence.packs.gathering import BRIEF, CLAIMS, PackOptions
from stopgap.lake.importing.importer import import_files
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.store import now
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.tables import finding_table
from stopgap.panel.prepare import MeasureOptions
from stopgap.screening.lists.run import list_states
from stopgap.sources.base import Told

NAME = "stopgap-demo"
"""Name of the demonstration key."""
SEED = hashlib.sha256(b"the key of Stopgap's demo: anybody can sign with it").digest()
"""Seed of a private key that is not secret: its signatures show how packs work, and do not prove who made them."""


@dataclass(frozen=True)
class DemoPack:
    """The demo's evidence pack, and the file of the public key to verify it with."""

    made: MadePack
    key: Path

    @property
    def command(self) -> str:
        return f"stopgap pack verify {self.made.path} --trust {self.key}"


def demo_pack(
    lake: Path, model: BriefModel, measured: MeasureOptions, marking: Marking, directory: Path, progress: Say | None
) -> DemoPack:
    """Create the pack of a demo's lake, from its brief and the options of its headline measure."""
    signer, public = make_key(NAME, seed=SEED, valid_from="2026-01-01", valid_to="2099-12-31")
    options = PackOptions(marking, measured, parts=(CLAIMS, BRIEF))
    bare = replace(model, alerts=(), statements=(), marking=CLEAR)
    made = create_pack(
        lake, model.episode_name, options, signer=signer, output=directory, progress=progress, model=bare
    )
    key = directory / f"{NAME}.pub.json"
    write_whole(key, public.file_text)
    return DemoPack(made, key)


LIST_ENDING = ".csv.gz"
"""Ending of bundled lists, which are named after their act; files of figures are Parquet."""


@dataclass(frozen=True)
class DemoFile:
    """One bundled file of figures, or list, as SOURCES.csv describes it."""

    path: Path
    what: str
    source: str
    retrieved: str
    published: str  # empty where the publisher states no day
    terms: str

    @property
    def is_list(self) -> bool:
        return self.path.name.endswith(LIST_ENDING)

    @property
    def family(self) -> str:
        """Name of the lists of a bundled act (``eu-833-2014``)."""
        return self.path.name.removesuffix(LIST_ENDING)


def demo_files() -> list[DemoFile]:
    """Return the bundled files, in the order in which they are imported."""
    folder = Path(str(resources.files("stopgap.demo") / "data"))
    with (folder / "SOURCES.csv").open(encoding="utf-8", newline="") as table:
        return [
            DemoFile(folder / row["file"], row["what"], row["source"], row["retrieved"], row["published"], row["terms"])
            for row in csv.DictReader(table)
            if row["file"] != SAMPLE
        ]


EPISODE = "russia-2022"
GOODS = "machinery-electronics"


@dataclass(frozen=True)
class DemoResult:
    """Results of the demo: findings, brief, claims, screened names and pack."""

    headline: str
    lake: Path
    finding: Finding
    others: tuple[Finding, ...]
    briefs: Mapping[str, Path]
    claims: DemoClaims
    screened: ScreenedSample
    pack: DemoPack
    marking: Marking

    def as_dict(self) -> dict[str, object]:
        """Return the document that ``demo --format json`` prints."""
        return {
            "headline": self.headline,
            "lake": str(self.lake),
            "briefs": {ending: str(path) for ending, path in self.briefs.items()},
            "finding": self.finding.as_dict(),
            "others": [finding.as_dict() for finding in self.others],
            "claims": [tested.as_dict() for tested in self.claims.tested],
            "screened": self.screened.as_dicts(),
            "screened_file": str(self.screened.path),
            "claim_pages": {ending: str(path) for ending, path in self.claims.pages.items()},
            "pack": str(self.pack.made.path),
            "pack_key": str(self.pack.key),
        }

    def table(self) -> pa.Table:
        """Return the eight suppliers with the largest gains."""
        names = ["supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "net_gain", "net_gain_usd"]
        ends = ["ci95_low", "ci95_high", "kind"]
        return finding_table(self.finding, by="supplier").select([*names, *ends]).slice(0, 8)

    def where_to_look(self) -> list[str]:
        """Return lines on the claims and the screened names, and on where brief, claim pages, pack and rows are."""
        lines = [*self.claims.lines(), *self.screened.lines()]
        lines += [f"brief: {path}" for path in self.briefs.values()]
        lines += [f"claims: {path}" for path in self.claims.pages.values()]
        lines.append(f"names: {self.screened.path}")
        return [
            *lines,
            f"pack:  {self.pack.made.path}",
            f"check: {self.pack.command}",
            f"lake:  {self.lake}",
            f"rows:  stopgap query --lake {self.lake} \"SELECT * FROM trade WHERE partner = 'RUS' LIMIT 10\"",
        ]


def load_demo(lake: Path, *, progress: Progress | None = None) -> None:
    """Import the bundled figures and lists; files that are already in the lake change nothing.

    A list of which the lake holds an edition of the same or a later day is left as it is.
    """
    held = {state.family: state.list_date or "" for state in list_states(lake)}
    for demo in demo_files():
        published = demo.published or None
        options = ImportOptions(source="canonical", retrieved=demo.retrieved, published=published, terms=demo.terms)
        if demo.is_list:
            if held.get(demo.family, "") >= demo.published:
                continue
            options = replace(options, source="eu-journal", told=Told(list_date=demo.published))
        import_files(lake, [demo.path], options, progress=progress)


def run_demo(
    directory: Path, lake: Path, *, when: str | None = None, text: Path | None = None, progress: Progress | None = None
) -> DemoResult:
    """Run the demo: create lake, measures, brief, tested claims, screened names and pack from the bundled data.

    The claims are registered at ``when``, a time in UTC (``None``: now), with ``text``, the file of the
    news report that they come from, where available; errors are those of :func:`with_examples`.
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
    say("screening names against the lists in the package", None)
    screened = screen_sample(lake, directory, [demo.family for demo in demo_files() if demo.is_list])
    marking = strictest([model.marking, claims.marking, screened.marking])
    say("making the evidence pack", None)
    pack = demo_pack(lake, model, measured, marking, directory, progress)
    return DemoResult(headline, lake, model.headline, model.others, briefs, claims, screened, pack, marking)
