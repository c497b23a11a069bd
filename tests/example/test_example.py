"""The example of ``stopgap init``: every command that its README names runs, and finds what was put into the figures."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from stopgap.api import Lake
from stopgap.base.errors import RefusedError, UsageError
from stopgap.cli.main import run
from stopgap.example import figures
from stopgap.example.write import HOLDS, write_example

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)


def readme_commands(folder: Path) -> list[str]:
    blocks = BLOCK.findall((folder / "README.md").read_text("utf-8"))
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The example, and the answer of each of its commands, run as written in a new folder and a new lake."""
    folder = tmp_path_factory.mktemp("new") / "example"
    write_example(folder)
    answers: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in readme_commands(folder):
            program, *words = shlex.split(line)
            assert program == "stopgap"
            answers[line] = run(words)
        for name, words in {
            "import": ["lake", "vintages"],
            "measure": ["measure", "episode.yml"],
            "series": ["series", "--from", "PRT", "--to", "ISL", "--goods", "goods.yml"],
            "claims": ["claims", "test", "--all", "--episode", "episode.yml"],
        }.items():
            out = folder / f"{name}.json"
            assert run([*words, "--lake", "lake", "--format", "json", "--output", str(out)]) == 0
            answers[name] = json.loads(out.read_text("utf-8"))
    return {"folder": folder, **answers}


def test_each_command_of_the_readme_works(ran: dict[str, Any]) -> None:
    commands = readme_commands(ran["folder"])
    assert {command: ran[command] for command in commands} == dict.fromkeys(commands, 0)
    named = " ".join(commands)
    for word in ("import", "episodes check", "goods check", "measure", "series", "brief", "claims test"):
        assert f"stopgap {word} " in named
    assert (ran["folder"] / "brief.html").stat().st_size > 10_000
    assert (ran["folder"] / "statement.html").stat().st_size > 10_000


def test_every_row_is_imported(ran: dict[str, Any]) -> None:
    [vintage] = ran["import"]["vintages"]
    cells = len(figures.YEARS) * len(figures.COALITION | figures.OTHERS) * len(figures.DESTINATIONS)
    assert vintage["rows_added"] == cells * len(figures.GOODS)


def yearly(folder: Path) -> dict[tuple[bool, bool], float]:
    """Dollars a year of listed goods to the target, summed from the table: (coalition, after the event) -> mean."""
    sums: dict[tuple[bool, bool], float] = defaultdict(float)
    with (folder / "trade.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Importer"] == "Iceland" and row["HS code"] in ("871200", "401150", "401320"):
                is_after = int(row["Year"]) >= 2020
                years = 4 if is_after else 5
                in_coalition = row["Exporter"] in ("Austria", "Portugal")
                sums[in_coalition, is_after] += 1000 * float(row["Value (USD 1000)"]) / years
    return sums


def test_the_measure_is_the_sum_of_the_table(ran: dict[str, Any]) -> None:
    sums, found = yearly(ran["folder"]), ran["measure"]
    assert found["suspended"]["loss_usd"] == pytest.approx(sums[True, False] - sums[True, True])
    assert found["suspended"]["loss_share"] == pytest.approx(1 - sums[True, True] / sums[True, False])
    gain = sums[False, True] - sums[False, False]
    loss = sums[True, False] - sums[True, True]
    assert found["backfill"]["gross_ratio"] == pytest.approx(gain / loss)


def test_the_intervals_hold_what_was_put_in(ran: dict[str, Any]) -> None:
    """Coalition members keep 0.2 of (400 + 500); others sell 2.4, 1.7, 1.2, 1.4 times their 200, 150, 100, 120."""
    planted = (200 * 1.4 + 150 * 0.7 + 100 * 0.2 + 120 * 0.4) / ((400 + 500) * 0.8)
    backfill = ran["measure"]["backfill"]
    low, high = backfill["symmetric_ci95"]
    assert 0 < low < planted < high < 1
    assert ran["measure"]["suspended"]["ci95"][0] > 0
    assert backfill["placebo_rank"] == [1, 11]
    assert len(ran["measure"]["suppliers"]) == 4


def test_the_statement_is_supported(ran: dict[str, Any]) -> None:
    [claim] = ran["claims"]["claims"]
    assert claim["verdict"] == "supported"


def test_what_is_made_says_that_it_is_invented(ran: dict[str, Any]) -> None:
    for name in set(HOLDS) - {"trade.csv"}:
        text = (ran["folder"] / name).read_text("utf-8").lower()
        assert ("invented" in text) or name == "goods.yml"
    assert ran["measure"]["coverage"]["sources"] == ["invented-example"]
    assert "Example with invented figures" in (ran["folder"] / "brief.html").read_text("utf-8")


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    one, two = (write_example(tmp_path / name).folder for name in ("one", "two"))
    assert {name: (one / name).read_bytes() for name in HOLDS} == {name: (two / name).read_bytes() for name in HOLDS}
    assert {path.name for path in one.iterdir()} == set(HOLDS)


class TestNothingIsOverwritten:
    def test_a_folder_that_holds_something(self, tmp_path: Path) -> None:
        mine = tmp_path / "episode.yml"
        mine.write_text("mine")
        with pytest.raises(UsageError, match="not empty") as error:
            write_example(tmp_path)
        assert "new or an empty folder" in error.value.fix
        assert [path.name for path in tmp_path.iterdir()] == ["episode.yml"]
        assert mine.read_text() == "mine"

    def test_a_file_of_that_name(self, tmp_path: Path) -> None:
        (tmp_path / "example").write_text("mine")
        with pytest.raises(UsageError, match="a file of that name"):
            write_example(tmp_path / "example")

    def test_an_empty_folder_is_filled(self, tmp_path: Path) -> None:
        assert write_example(tmp_path).folder == tmp_path
        assert (tmp_path / "trade.csv").exists()

    def test_a_place_where_nothing_can_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(RefusedError, match="cannot be written"):
            write_example(tmp_path / "file" / "example")


def test_what_the_command_prints_is_what_the_readme_says(tmp_path: Path) -> None:
    folder = tmp_path / "an example"
    written = Lake(tmp_path / "lake").init(folder)
    printed = [[word.removeprefix(f"{folder}/") for word in shlex.split(line)] for line in written.next]
    assert printed == [shlex.split(line) for line in readme_commands(folder)]
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_it_answers_in_every_format(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "example"), "--format", form]) == 0
    said = capsys.readouterr()
    assert "trade.csv" in said.out
    assert "invented" in said.out + said.err
    if form == "json":
        document = json.loads(said.out)
        assert [Path(each["file"]).name for each in document["files"]] == list(HOLDS)
        assert document["rows"] == 5940
        assert document["next"][0].startswith("stopgap goods check")
