"""Rows of an imported file that a figure comes from: found by value, by codes, in each kind of file, and refused with a word."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.errors import InputError, MissingDataError, NotFoundError, UsageError
from stopgap.intake.source_rows import source_rows, ways_to_write

TEXT = (
    "refPeriodId;Reporter;Partner;cmdCode;Value;Note\n"
    "202304;Germany;Russia;010121;1,234.5;first\n"
    "202304;276;643;10121;1234.5;by numbers\n"
    "202305;DEU;RUS;010121;99;later\n"
    "202304;FRA;RUS;010121;700;another\n"
    "202304;FRA;RUS;010121;300;its second half\n"
)
KEY = ways_to_write(good="010121", period="2023-04", economies=["DEU", "RUS"])


def kept(lake: Path, content: bytes) -> dict[str, str]:
    """A lake that keeps one file; its row in the view of receipts."""
    sha = "ab" * 32
    path = lake / "receipts" / sha[:2] / sha
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return {"receipt": sha[:16], "sha256": sha, "file_name": "trade.csv"}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_rows_that_state_the_figure_are_found_however_the_file_writes_codes(tmp_path: Path, pack: type[bytes]) -> None:
    found = source_rows(tmp_path, kept(tmp_path, pack(TEXT.encode())), KEY, [1234.5])
    assert found.matched_by == "value"
    assert [row[0] for row in found.rows] == ["1", "2"]
    assert found.columns == ("refPeriodId", "Reporter", "Partner", "cmdCode", "Value", "Note")
    assert found.table().column("Note").to_pylist() == ["first", "by numbers"]


def test_a_sum_of_rows_is_found_by_its_codes(tmp_path: Path) -> None:
    wanted = ways_to_write(good="010121", period="2023-04", economies=["FRA", "RUS"])
    found = source_rows(tmp_path, kept(tmp_path, TEXT.encode()), wanted, [1000.0])
    assert found.matched_by == "codes"
    assert [row[0] for row in found.rows] == ["4", "5"]


def test_nothing_is_said_to_be_found_where_nothing_is(tmp_path: Path) -> None:
    wanted = ways_to_write(good="999999", period="2023-04", economies=["FRA", "RUS"])
    found = source_rows(tmp_path, kept(tmp_path, TEXT.encode()), wanted, [5.0])
    assert (found.matched_by, found.rows_matched, found.rows) == ("none", 0, ())


def test_a_value_alone_is_said_to_be_alone(tmp_path: Path) -> None:
    """700 stands in the row of France, and no row is of Japan; where rows of Germany are, they go before the value of another."""
    kept_file = kept(tmp_path, TEXT.encode())
    wanted = ways_to_write(good="010121", period="2023-04", economies=["JPN", "RUS"])
    found = source_rows(tmp_path, kept_file, wanted, [700.0])
    assert found.matched_by == "value alone"
    assert [row[0] for row in found.rows] == ["4"]
    found = source_rows(tmp_path, kept_file, KEY, [700.0])
    assert found.matched_by == "codes"
    assert [row[0] for row in found.rows] == ["1", "2"]


def test_files_whose_rows_cannot_be_searched_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("trade.csv", TEXT)
    with pytest.raises(MissingDataError, match="archive or a workbook"):
        source_rows(tmp_path, kept(tmp_path, archive.read_bytes()), KEY, [1.0])
    with pytest.raises(MissingDataError, match="keeps no copy"):
        source_rows(tmp_path, {"receipt": "0" * 16, "sha256": "0" * 64, "file_name": "gone.csv"}, KEY, [1.0])


@pytest.mark.prove_only
def test_the_figures_of_the_demo_lead_to_their_rows(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    rows = lake.query(
        "SELECT * FROM trade WHERE value_reported > 1000 USING SAMPLE reservoir(12 ROWS) REPEATABLE (7)"
    ).arrow.to_pylist()
    for row in rows:
        found = lake.source_rows(
            row["receipt"], good=row["good"], period=str(row["period"]), reporter=row["reporter"], partner=row["partner"],
            value=str(row["value_usd"]),
        )  # fmt: skip
        assert found.matched_by == "value", row
        amounts = [float(cell) for line in found.rows for cell in line[1:] if cell and cell.replace(".", "").isdigit()]
        assert any(abs(amount - row["value_reported"]) < 1e-6 * amount for amount in amounts if amount), row


def test_what_cannot_be_asked_is_refused(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    receipt = lake.query("SELECT receipt FROM receipts LIMIT 1").arrow.to_pylist()[0]["receipt"]
    with pytest.raises(InputError, match="is no period"):
        lake.source_rows(receipt, period="soon")
    with pytest.raises(UsageError, match="is no amount"):
        lake.source_rows(receipt, value="nan")
    for name in ("0" * 16, "../../etc/passwd", "' OR 1=1 --", ""):
        with pytest.raises(NotFoundError, match="no file has the receipt"):
            lake.source_rows(name)
