"""What is known, by command: the doctor, episodes, goods lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_calls import Run


def test_the_doctor_tells_versions_and_the_lake(demo_lake: Path, stopgap_run: Run) -> None:
    document = stopgap_run("doctor", "--lake", demo_lake, "--format", "json").document
    checks = {row["check"]: row for row in document["checks"]}
    assert document["passed"] is True
    assert {"stopgap", "python", "duckdb", "lake", "native copy", "fonts", "spark engine"} <= set(checks)
    assert f"{demo_lake}: 9 vintages" in checks["lake"]["found"]
    assert all(row["fix"] for row in document["checks"] if not row["passed"])


EPISODE = {
    "name": "mine", "title": "Mine", "target": "RUS", "direction": "exports-to-target",
    "event": "2022-02", "coalition": "[eu27]", "goods": "[chips]",
}  # fmt: skip
FAULTS = {
    "target": ({"target": "Russia"}, 3, "did you mean RUS?"),
    "direction": ({"direction": "exports"}, 4, "exports-to-target or imports-from-target"),
    "event": ({"event": "2022-13"}, 5, "YYYY-MM"),
    "coalition.1": ({"coalition": "[eu27, NARNIA]"}, 6, "eu27"),
    "goods.0": ({"goods": "[qqqq]"}, 7, "stopgap goods"),
    "hubs.0": ({"hubs": "[DEU]"}, 8, "take it out of hubs"),
    "after.from": ({"baseline": "{to: 2022-12}", "after": "{from: 2022-06}"}, 9, "follow baseline.to"),
    "colour": ({"colour": "red"}, 8, "fields: name"),
}


@pytest.mark.parametrize(("field", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_faulty_episode_is_named_by_line_and_field(
    field: str, fault: tuple[dict[str, str], int, str], stopgap_run: Run, tmp_path: Path
) -> None:
    changed, line, hint = fault
    file = tmp_path / "mine.yml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in {**EPISODE, **changed}.items()))
    ran = stopgap_run("episodes", "check", file)
    _, where, fix = ran.err.splitlines()
    assert ran.code == 3
    assert where == f"  where: mine.yml, line {line}, field {field}"
    assert hint in fix
    assert stopgap_run("measure", file).err == ran.err


def test_a_sound_episode_is_shown(stopgap_run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in EPISODE.items()))
    document = stopgap_run("episodes", "check", file, "--format", "json").document
    assert document["valid"] is True
    assert len(document["members"]) == 27


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("letters.csv", "code,description\n854231,a\n8542xx,b\n", "line 3, field code"),
        ("zero.csv", "code,description\n10121,horses\n", "line 2, field code"),
        ("twice.csv", "code,description\n854231,a\n854231,b\n", "line 3, field code"),
        ("header.csv", "hs,words\n854231,a\n", "line 1"),
        ("letters.yml", 'name: x\nversion: "1"\ntitle: X\nrevision: HS2022\nitems:\n  - {code: "99xx"}\n', "line 6, field"),
    ],
)  # fmt: skip
def test_a_faulty_goods_list_is_named_by_line(
    name: str, text: str, where: str, stopgap_run: Run, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text)
    ran = stopgap_run("goods", "check", file)
    assert (ran.code, len(ran.err.splitlines())) == (3, 3)
    assert f"{name}, {where}" in ran.err


def test_a_sound_goods_list_is_shown(processors: Path, stopgap_run: Run) -> None:
    document = stopgap_run("goods", "check", processors, "--format", "json").document
    assert document["valid"] is True
    assert [row["code"] for row in document["codes"]] == ["854231"]


def test_a_composite_good_names_its_codes(stopgap_run: Run) -> None:
    document = stopgap_run("goods", "show", "84+85", "--format", "json").document
    assert [row["code"] for row in document["codes"]] == ["84", "85"]
