"""Packs of two parties, made of small lakes whose every figure is known, and whom a receiver trusts.

A lake holds exports of processors to Russia and to the world in Comtrade's layout. Money is in US dollars a year.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.marking import Marking, Tlp
from stopgap.briefs.pack_page import pack_page
from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.archives.writing import write_archive_to
from stopgap.evidence.keys.signing_keys import PrivateKey, PublicKey, make_key
from stopgap.evidence.keys.trust import TrustStore, read_trust
from stopgap.evidence.packs.create import create_pack
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.evidence.packs.pack_format import sealed_pack
from stopgap.evidence.packs.verify import Trust
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.panel.prepare import MeasureOptions

HEADER = "freqCode,flowCode,classificationCode,cmdCode,customsCode,motCode,partner2Code,netWgt,period,reporterCode,partnerCode,primaryValue"
CODES = {"DEU": 276, "CHN": 156, "TUR": 792, "USA": 842}
RUS, WORLD = 643, 0
GREEN = Marking(Tlp.GREEN)
WHEN, ON, WHO = "2027-01-01T12:00:00Z", "2027-01-01", "Jane Roe"

Exports = Mapping[tuple[int, str, str], float]
"""(year, exporter, good) -> exports to Russia."""

EXPORTS: dict[tuple[int, str, str], float] = {
    (2021, "DEU", "854231"): 60e6, (2023, "DEU", "854231"): 2e6,
    (2021, "CHN", "854231"): 30e6, (2023, "CHN", "854231"): 70e6,
    (2021, "TUR", "854231"): 1e6, (2023, "TUR", "854231"): 5e6,
    (2021, "DEU", "854232"): 20e6, (2023, "DEU", "854232"): 4e6,
    (2021, "CHN", "854232"): 10e6, (2023, "CHN", "854232"): 12e6,
}  # fmt: skip


def key(name: str, byte: int, **given: object) -> tuple[PrivateKey, PublicKey]:
    return make_key(name, seed=bytes([byte]) * 32, **{"valid_from": "2026-01-01", "valid_to": "2028-01-01", **given})


FRANCE, FRANCE_PUBLIC = key("fra-liaison", 1)
JAPAN, JAPAN_PUBLIC = key("jpn-liaison", 2)


def trust(folder: Path, *keys: PublicKey, store: TrustStore | None = None) -> Trust:
    """Trust in keys that were given for this once; both parties' where none is named."""
    given = {each.fingerprint: each for each in keys or (FRANCE_PUBLIC, JAPAN_PUBLIC)}
    return Trust(store or read_trust(folder / "home"), given)


def trade_file(path: Path, exports: Exports) -> Path:
    lines = [
        f"A,X,H6,{good},C00,0,0,1000,{year},{CODES[exporter]},{RUS},{value}"
        for (year, exporter, good), value in sorted(exports.items())
    ]
    reported = sorted({(year, exporter, good) for year, exporter, good in exports})
    lines += [
        f"A,X,H6,{good},C00,0,0,1000,{year},{CODES[exporter]},{WORLD},{1e9 + exports[year, exporter, good]}"
        for year, exporter, good in reported
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def goods_file(path: Path, *goods: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("code,description\n" + "".join(f"{good},Chips {good}\n" for good in goods), "utf-8")
    return path


EPISODE = """
name: chips-2022
title: Processors to Russia
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [{coalition}]
goods: [processors.csv]
baseline: {{from: 2021-01, to: 2021-12, min_months: 12}}
after: {{from: 2023-01, to: "{last}"}}
hubs: [TUR]
placebo_targets: auto
"""


def episode_file(path: Path, *, coalition: str = "DEU, USA", last: str = "2023-12") -> Path:
    path.write_text(EPISODE.format(coalition=coalition, last=last), "utf-8")
    return path


@dataclass(frozen=True)
class Party:
    """One who makes packs: a lake, and a key."""

    folder: Path
    signer: PrivateKey = FRANCE

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def load(self, exports: Exports, *, retrieved: str = "2026-06-01", name: str = "trade.csv") -> None:
        path = trade_file(self.folder / retrieved / name, exports)
        import_paths(self.lake, [path], ImportRequest(retrieved=retrieved))

    def pack(
        self,
        output: Path,
        *,
        goods: Sequence[str] = ("854231", "854232"),
        marking: Marking = GREEN,
        coalition: str = "DEU, USA",
        last: str = "2023-12",
        as_of: str | None = None,
        attachments: tuple[Path, ...] = (),
        redact: bool = False,
    ) -> Path:
        output.parent.mkdir(parents=True, exist_ok=True)
        goods_file(self.folder / "processors.csv", *goods)
        episode = episode_file(self.folder / "episode.yml", coalition=coalition, last=last)
        options = PackOptions(marking, MeasureOptions(as_of=as_of), parts=(), attachments=attachments, redact=redact)
        return create_pack(self.lake, str(episode), options, signer=self.signer, output=output).path


def resealed(pack: Path, output: Path, *, signer: PrivateKey = FRANCE, **changed: object) -> Path:
    """The same payload with other fields in its table of contents, or of another signer; genuine in itself."""
    archive = read_archive(pack)
    payload = {
        name.removeprefix("data/"): archive.read(name)
        for name in archive.names
        if name.startswith("data/") and name not in ("data/evidence.json", "data/ro-crate-metadata.json")
    }
    evidence = json.loads(archive.read("data/evidence.json"))
    origin = {"name": signer.name, "fingerprint": signer.fingerprint}
    evidence |= {"origin": origin, **changed}
    with suppress(Exception):  # of contents that cannot be shown it stays the page that was there
        payload["index.html"] = pack_page(evidence, payload).encode()
    files = sealed_pack(payload, evidence, signer=signer)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_archive_to(files, output)
    return output


def tree(folder: Path) -> dict[str, bytes]:
    """All that a folder holds, locks apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if path.suffix != ".lock"
    }
