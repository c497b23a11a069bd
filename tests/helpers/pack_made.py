"""A small lake with figures made up: official ones that anybody may have, and a partner's that may not leave."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.keys.signing_keys import PrivateKey, PublicKey, make_key
from stopgap.evidence.keys.trust import TrustStore, read_trust
from stopgap.evidence.markings.changes import set_marking
from stopgap.evidence.packs.create import MadePack, create_pack
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.evidence.packs.verify import Trust
from stopgap.lake.importing.importer import import_files
from stopgap.lake.importing.options import ImportOptions
from stopgap.panel.prepare import measure_options

EPISODE, GOODS = "russia-2022", "machinery-electronics"
MEMBERS = ("DEU", "FRA", "ITA", "NLD", "POL")
OTHERS = ("CHN", "TUR", "KAZ")
SECRET = ("IND", "VNM", "MYS", "THA", "IDN")
ELSEWHERE = ("BRA", "MEX", "ZAF", "EGY", "SAU", "ARG", "CHL", "PER", "COL", "MAR")
YEARS = (2020, 2021, 2022, 2023)
SECRET_FILE = "canary-filename-7731.csv"
SECRET_SOURCE = "canary-source-7731"
ON, WHEN = "2026-07-01", "2026-07-01T12:00:00Z"
GREEN, AMBER, RED = Marking(Tlp.GREEN), Marking(Tlp.AMBER), Marking(Tlp.RED)

HEADER = "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source"


@dataclass(frozen=True)
class Signed:
    """A key with its public half."""

    private: PrivateKey
    public: PublicKey


def key(name: str = "ministry", *, number: int = 1, valid_to: str = "2028-01-01") -> Signed:
    return Signed(*make_key(name, seed=bytes([number] * 32), valid_from="2026-01-01", valid_to=valid_to))


def trust_in(*keys: Signed, store: TrustStore | None = None, home: Path | None = None) -> Trust:
    known = store or (read_trust(home) if home else TrustStore((), {}, "", 0))
    return Trust(known, {each.public.fingerprint: each.public for each in keys})


def rows(reporters: Iterable[str], source: str, *, seed: int, scale: float = 1.0) -> list[str]:
    """Annual exports of machinery and electronics to the target and elsewhere; members' fall, others' rise."""
    chance = random.Random(seed)
    lines = []
    for reporter in reporters:
        size = chance.uniform(40e6, 90e6)
        for year in YEARS:
            after = year > 2021
            factor = (0.2 if after else 1.0) if reporter in MEMBERS else (2.5 if after else 1.0)
            value = round(size * scale * factor * chance.uniform(0.9, 1.1), 2)
            lines.append(f"{year}-01-01,A,{reporter},RUS,X,84+85,HS,{value},FOB,{source}")
            for partner in ELSEWHERE:
                other = round(size * chance.uniform(0.8, 1.2) * (1.05 ** (year - 2020)), 2)
                lines.append(f"{year}-01-01,A,{reporter},{partner},X,84+85,HS,{other},FOB,{source}")
    return lines


def load(
    lake: Path, folder: Path, name: str, lines: list[str], *, marking: Marking | None = None, retrieved: str = ON
) -> str:
    """Import rows of a file; the receipt."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    options = ImportOptions(source="canonical", retrieved=retrieved, terms="made up")
    receipt = import_files(lake, [path], options).receipts[0]
    if marking is not None:
        set_marking(lake, f"receipt:{receipt}", marking, who="tester", when=WHEN, why="as its owner asks")
    return receipt


@cache
def _official() -> Path:
    """The lake that the others are copies of, and its file."""
    folder = Path(tempfile.mkdtemp(prefix="stopgap-official-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    load(folder / "lake", folder / "files", "official.csv", rows((*MEMBERS, *OTHERS), "official", seed=1))
    return folder


@cache
def _mixed() -> tuple[Path, str]:
    """The lake with a partner's figures that others are copies of, and the receipt of these."""
    folder = Path(tempfile.mkdtemp(prefix="stopgap-mixed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lake = open_lake(folder)
    return folder, load(lake, folder / "files", SECRET_FILE, rows(SECRET, SECRET_SOURCE, seed=2), marking=RED)


def open_lake(folder: Path) -> Path:
    """A lake with official figures alone."""
    shutil.copytree(_official(), folder, dirs_exist_ok=True)
    return folder / "lake"


def mixed_lake(folder: Path) -> tuple[Path, str]:
    """A lake with official figures and a partner's, which are for nobody else; the receipt of the latter."""
    made, receipt = _mixed()
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder / "lake", receipt


def options(
    audience: Marking = GREEN, *, redact: bool = False, parts: tuple[str, ...] = ("claims", "alerts"), **measured: str
) -> PackOptions:
    return PackOptions(audience, measure_options(goods=GOODS, **measured), parts=parts, redact=redact)


def packed(
    lake: Path,
    path: Path,
    audience: Marking = GREEN,
    *,
    signer: Signed | None = None,
    redact: bool = False,
    parts: tuple[str, ...] = ("claims", "alerts"),
) -> MadePack:
    return create_pack(
        lake, EPISODE, options(audience, redact=redact, parts=parts), signer=(signer or key()).private, output=path
    )
