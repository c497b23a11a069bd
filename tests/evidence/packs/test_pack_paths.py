"""A pack names a user's own goods lists, episode and texts by themselves: no folder of theirs is in its bytes."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from claims_made import made_claim
from exposure_lake import declare, line
from pack_made import AMBER, MEMBERS, ON, OTHERS, WHEN, key, load, rows, trust_in
from random_lakes import contents

from stopgap.claims.claim import Claim, NamedGoods
from stopgap.claims.claim_file import claim_yaml, read_claim
from stopgap.claims.register.portable_claim import portable_claim
from stopgap.claims.register.register import register_claim, registered_claim
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import retest
from stopgap.evidence.exchange import FORMS
from stopgap.evidence.exchange.export_file import export_pack
from stopgap.evidence.packs.create import create_pack
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.evidence.packs.receive import receive_pack
from stopgap.evidence.packs.request import PackPart
from stopgap.evidence.packs.verify import verify_pack
from stopgap.measures.alerts.log import writing_log
from stopgap.panel.prepare import measure_options

TELLING = "operation-nightjar"
"""A folder whose name tells what its owner works on."""

EPISODE = """\
name: own-episode
title: An episode of one's own
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU, FRA, ITA, NLD, POL]
goods: [lists/machines.csv]
baseline: {from: 2020-01, to: 2021-12, min_months: 24}
after: {from: 2022-03}
hubs: [TUR]
placebo_targets: auto
not_ordinary: [lists/optical.yml]
"""
OPTICAL = """\
name: optical
version: "1"
title: Lenses of our own
revision: HS2022
source: our own
terms: ""
items: [{code: "900211", description: Lenses of our own}]
"""


@dataclass(frozen=True)
class Desk:
    """What an analyst has: files of their own in one folder, and a lake there with statements and alerts."""

    folder: Path

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def episode(self) -> str:
        return str(self.folder / "episode.yml")

    def list(self, name: str = "machines.csv") -> Path:
        return self.folder / "lists" / name


def _goods(path: Path, *codes: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("code,description\n" + "".join(f"{code},Own {code}\n" for code in codes), "utf-8")
    return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk") / TELLING)
    made.folder.mkdir()
    _goods(made.list(), "84", "85")
    _goods(made.folder / "other lists" / "machines.csv", "84")
    made.list("optical.yml").write_text(OPTICAL, "utf-8")
    Path(made.episode).write_text(EPISODE, "utf-8")
    load(made.lake, made.folder / "files", "official.csv", rows((*MEMBERS, *OTHERS), "official", seed=1))
    declare(made.folder, [line(number, declaration_date="2023-06-15", tariff_code="8542319010") for number in (1, 2)])
    for claim in _claims(made):
        _register(made, claim)
    _alert(made)
    return made


def _claims(desk: Desk) -> Iterator[Claim]:
    """Statements on files of one's own, in every way to name them; one is read from a claim file beside them."""
    plain = made_claim("dual-use", episode=desk.episode)
    # no title of its own: the one that is made names the goods as they are named
    path = desk.folder / "claim.yml"
    path.write_text(claim_yaml(plain).replace("- dual-use", "- lists/machines.csv"), "utf-8")
    text = "\n".join(each for each in path.read_text("utf-8").splitlines() if not each.startswith("title:"))
    path.write_text(text, "utf-8")
    yield read_claim(path)
    several = (desk.list(), desk.folder / "other lists" / "machines.csv", desk.list("optical.yml"))
    yield replace(
        plain,
        goods=(*(NamedGoods(str(each)) for each in several), NamedGoods("optical")),
        words=replace(plain.words, text="said of several lists", source=str(desk.folder / "texts" / "said.txt")),
        note=f"see {desk.list()} and {TELLING}/lists/optical.yml",
        degree=f"as in {desk.list()}",
    )
    yield replace(plain, goods=(), words=replace(plain.words, text="said of no list"))


def _register(desk: Desk, claim: Claim) -> str:
    return register_claim(desk.lake, claim, who="analyst", when=WHEN).entry.id


def _alert(desk: Desk) -> None:
    """The alert of a changed verdict, as one is raised: with title and goods of its claim."""
    from stopgap.claims.testing.verdict_log import verdict_alert

    [made, *_] = retest(desk.lake, None, ClaimTestOptions(episode=desk.episode))
    before = {"verdict": "partly", "as_of": "v0", "episode": "own-episode", "hypotheses": []}
    case, alert = verdict_alert(made.entry, made.tested, before)
    assert TELLING in json.dumps(alert)
    signal = {name: alert[name] for name in ("kind", "month", "began", "value_at_stake_usd", "vintage")}
    with writing_log(desk.lake) as log:
        log.append([{"event": "raised", "id": case, "when": WHEN, "alert": alert, "signal": signal}])


def _pack(desk: Desk, output: Path, *, goods: str | None = None) -> Path:
    options = PackOptions(
        AMBER, measure_options(goods=goods), parts=tuple(PackPart), attachments=(desk.list(),), redact=False
    )
    return create_pack(desk.lake, desk.episode, options, signer=key().private, output=output).path


@pytest.fixture(scope="module")
def pack(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _pack(desk, tmp_path_factory.mktemp("out") / "pack.zip", goods=str(desk.list()))


def _found(path: Path) -> list[str]:
    return [place for place, text in contents(path) if TELLING in text or "other lists" in text]


def test_no_member_of_a_pack_names_a_folder(pack: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        folders = {name.split("/")[1] for name in archive.namelist() if name.startswith("data/")}
    assert {"claims", "verdicts", "alerts", "brief", "episode", "goods", "findings", "exposure"} <= folders
    assert _found(pack) == []


def test_the_search_finds_what_is_there(pack: Path, tmp_path: Path) -> None:
    """It must be able to fail, in a member of any kind: a workbook, Parquet and PDF tell what they hold only unpacked."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import xlsxwriter

    book, rows_, plain = io.BytesIO(), io.BytesIO(), f"see /{TELLING}/x.csv"
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet().write_string(0, 0, plain)
    pq.write_table(pa.table({"a": [plain]}), rows_, compression="zstd")
    path = tmp_path / "told.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {"a.xlsx": book.getvalue(), "b.parquet": rows_.getvalue(), "c.json": plain}.items():
            archive.writestr(name, content)
    assert {place.split(" ")[0] for place in _found(path)} == {"a.xlsx", "b.parquet", "c.json"}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("form", sorted(FORMS))
def test_no_export_names_a_folder(pack: Path, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"made.{FORMS[form].ending}"
    export_pack(pack, form, path, trust_in(key()), on=ON)
    content = path.read_bytes()
    if content[:2] == b"PK":
        assert _found(path) == []
    assert TELLING.encode() not in content


@pytest.mark.prove_only
def test_the_pack_is_verified_and_received_where_none_of_the_files_is(
    desk: Desk, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = desk.folder.with_name("away")
    desk.folder.rename(away)
    try:
        monkeypatch.chdir(tmp_path)
        # what a receiver happens to have under the same names is another's
        _goods(tmp_path / "machines.csv", "61")
        found = verify_pack(pack, trust_in(key()), on=ON)
        assert found.failed is None, found.failed
        assert found.holds
        received = receive_pack(
            tmp_path / "lake", pack, trust_in(key()), on="2027-01-01", when="2027-01-01T12:00:00Z", who="receiver"
        )
        assert received.pack.origin == "ministry"
    finally:
        away.rename(desk.folder)


def _documents(path: Path, folder: str) -> list[dict]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"data/{folder}/")]
        return [json.loads(archive.read(name)) for name in names]


def test_lists_and_episode_are_named_by_themselves_and_their_hash(desk: Desk, pack: Path) -> None:
    claims = {each["claim"]["words"]: each for each in _documents(pack, "claims")}
    several = claims["said of several lists"]
    assert several["claim"]["episode"] == "own-episode"
    assert several["claim"]["source"]["file"] == "said.txt"
    named = [each["name"] for each in several["claim"]["goods"]]
    fixed = {each["named"]: each for each in several["goods_fixed"]}
    assert named[0] == "machines"
    assert named[1] == f"machines@{fixed[named[1]]['sha256'][:12]}"
    # the package has a list of the same name, which the claim names too
    assert named[2] == f"optical@{fixed[named[2]]['sha256'][:12]}"
    assert named[3] == "optical"
    assert several["claim"]["note"] == "see machines and optical" + named[2].removeprefix("optical")
    assert fixed[named[2]]["codes"] == [["900211", ""]]
    titles = [each["title"] for each in claims.values()]
    assert any(title.endswith("(machines)") for title in titles)


def test_a_verdict_is_the_one_that_the_claim_has_at_home(desk: Desk, pack: Path) -> None:
    """Without its paths, a claim is held against the same figures."""
    home: dict[str, TestedClaim] = {
        each.entry.id: each.tested
        for each in retest(desk.lake, None, ClaimTestOptions(episode=desk.episode, keep=False))
    }
    away = {each["claim_id"]: each for each in _documents(pack, "verdicts")}
    assert set(home) == set(away)
    for id, tested in home.items():
        assert away[id]["verdict"] == str(tested.verdict)
        assert [each["estimate"] for each in away[id]["hypotheses"]] == pytest.approx(
            [each.estimate for each in tested.hypotheses]
        )
        assert [each["goods_version"] for each in away[id]["hypotheses"]] == [
            each.goods_version for each in tested.hypotheses
        ]


@pytest.mark.parametrize("written", ["lists/machines.csv", "./lists/machines.csv", "../{telling}/lists/machines.csv"])
def test_relative_paths_are_not_in_a_portable_claim(
    written: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    path = written.format(telling=TELLING)
    claim = made_claim(path, episode="episode.yml")
    claim = replace(claim, title=f"{claim.title} ({path})", words=replace(claim.words, text=written))
    moved = portable_claim(registered_claim(shutil.copytree(desk.lake, tmp_path / "lake"), _copied(claim, tmp_path)))
    assert moved.entry.claim.goods[0].name == "machines"
    assert moved.entry.claim.episode == "own-episode"
    assert moved.entry.claim.title.endswith("(machines)")
    assert moved.entry.claim.words.text == written
    assert "draft" not in moved.entry.current.document


def _copied(claim: Claim, folder: Path) -> str:
    return register_claim(folder / "lake", claim, who="analyst", when=WHEN).entry.id


def test_a_text_that_only_ends_like_a_path_stays(desk: Desk) -> None:
    [entry] = [
        portable_claim(registered_claim(desk.lake, each))
        for each in (_register(desk, made_claim(str(desk.list()), said_on="2024-05-01")),)
    ]
    assert entry.renamed({"a": ["min-machines.csv", "x/machines.csv", "machines.csvx"]}) == {
        "a": ["min-machines.csv", "x/machines", "machines.csvx"]
    }
