"""Damaged lists: whatever the bytes, a list is read or refused with what, where and fix."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from list_files import (
    CSL,
    CSL_ROW,
    FTM,
    METI,
    OFAC,
    SDN_XML,
    UN_XML,
    csv_text,
    eu_amending,
    eu_row,
    eu_whole,
    json_lines,
    plain,
    uk_list,
)

from stopgap.base.errors import StopgapError
from stopgap.sources.registry import read_file

WHOLE = {
    "32014R0999.csv": eu_whole(eu_row(1, "Cog", alias='"A; B"; C', startDate="12.9.2014"), eu_row("", "Wheel")),
    "32026R0005.csv": eu_amending("32026R0005", eu_row(3, "Axle", startDate="24.7.2026")),
    "consolidated.csv": csv_text(CSL.split(","), [{**CSL_ROW, "_id": "e1"}]),
    "un.xml": UN_XML,
    "sdn.xml": SDN_XML,
    "ConList.csv": uk_list(),
    "meti.txt": METI,
    "entities.ftm.json": json_lines(FTM),
    "mine.csv": plain(("A1", "Cog"), ("A2", "Wheel")),
    **OFAC,
}  # fmt: skip
JUNK = (
    b"\x00",
    b"\xff",
    b'"',
    b";",
    b",",
    b"\n",
    b"\r",
    b"<",
    b"&x;",
    b"{",
    b"]",
    b"\xe2\x80\xae",
    b"9" * 400,
    b"]]>",
    b"null",
    b"[[[[",
    b"\x1a",
)


@pytest.mark.in_parts
@pytest.mark.one_in(20)
@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_read_or_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name].encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content)))
        taken = data.draw(st.integers(0, 60))
        content[place : place + taken] = data.draw(st.sampled_from(JUNK))
    path = tmp_path / name
    path.write_bytes(content)
    with duckdb.connect(":memory:") as con:
        fault: StopgapError | None = None
        try:
            done = read_file(con, path)
        except StopgapError as error:
            fault = error
        if fault is not None:
            assert all((fault.what, fault.where, fault.fix))
            return
        [(facts,)] = con.execute("SELECT count(*) FROM staged").fetchall()
        assert facts >= 0
        assert done.rows_rejected == con.execute("SELECT count(*) FROM rejects").fetchall()[0][0]
