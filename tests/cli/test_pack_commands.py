"""``pack create``, ``verify`` and ``export`` as a user calls them, and in Python."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pack_made import EPISODE, GOODS, RED, SECRET, key, load, open_lake, packed, rows

import stopgap
from stopgap.cli.main import run

PASSPHRASE = "seven words that nobody else would say"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a key."""
    folder = tmp_path / "home"
    monkeypatch.setenv("STOPGAP_HOME", str(folder))
    monkeypatch.setenv("STOPGAP_PASSPHRASE", PASSPHRASE)
    return folder


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_lake(tmp_path_factory.mktemp("packs"))


@pytest.fixture
def made(home: Path, lake: Path, tmp_path: Path, stopgap_run: Callable[..., Any]) -> tuple[Path, Path]:
    """A pack and the key file of its signer."""
    keys = stopgap_run(
        "keys", "new", "desk", "--valid-from", "2026-01-01", "--valid-to", "2028-01-01", "--format", "json"
    )
    assert keys.code == 0, keys.err
    assert {"name", "fingerprint", "public_key_file"} <= set(keys.document)
    path = tmp_path / "out" / "pack.zip"
    path.parent.mkdir()
    ran = stopgap_run(
        "pack", "create", EPISODE, "--goods", GOODS, "--marking", "TLP:GREEN", "--key", "desk", "--without", "brief",
        "--output", path, "--lake", lake, "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.out + ran.err
    assert ran.document["file"] == str(path)
    assert ran.document["marking"] == {"tlp": "TLP:GREEN", "releasable_to": None}
    return path, Path(keys.document["public_key_file"])


@pytest.fixture(scope="module")
def signed(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A partner's pack and key file; tests only read them."""
    folder = tmp_path_factory.mktemp("signed")
    made = packed(lake, folder / "pack.zip")
    public = folder / "ministry.pub.json"
    public.write_text(key().public.file_text, "utf-8")
    return made.path, public


def test_a_pack_verifies_elsewhere_with_the_key_file_alone(
    made: tuple[Path, Path], tmp_path: Path, stopgap_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, public = made
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(path.parent, elsewhere)
    key = shutil.copy(public, tmp_path / "partner.json")
    monkeypatch.setenv("STOPGAP_HOME", str(tmp_path / "other-home"))
    ran = stopgap_run(
        "pack", "verify", elsewhere / "pack.zip", "--trust", key, "--on", "2026-07-01", "--format", "json"
    )
    assert ran.code == 0, ran.out
    assert ran.document["holds"] is True
    assert all(check["holds"] and check["ran"] for check in ran.document["checks"])
    table = stopgap_run("pack", "verify", elsewhere / "pack.zip", "--trust", key, "--on", "2026-07-01")
    assert table.code == 0
    assert "every check holds" in table.out
    assert "marking: TLP:GREEN" in table.out


def test_a_failing_check_is_named_with_code_5(
    made: tuple[Path, Path], tmp_path: Path, stopgap_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, public = made
    content = bytearray(path.read_bytes())
    place = bytes(content).index(b'"tlp": "TLP:GREEN"')
    content[place + 12 : place + 17] = b"AMBER"
    changed = tmp_path / "changed.zip"
    changed.write_bytes(bytes(content))
    ran = stopgap_run("pack", "verify", changed, "--trust", public, "--on", "2026-07-01", "--format", "json")
    assert ran.code == 5
    assert ran.document["holds"] is False
    assert ran.document["failed"] in {"archive", "hashes"}
    assert ran.document["error"]["code"] == 5
    table = stopgap_run("pack", "verify", changed, "--trust", public, "--on", "2026-07-01")
    assert table.code == 5
    assert f"check {ran.document['failed']}" in table.err
    assert "fix:" in table.err
    monkeypatch.setenv("STOPGAP_HOME", str(tmp_path / "stranger"))
    ran = stopgap_run("pack", "verify", path, "--on", "2026-07-01", "--format", "json")
    assert (ran.code, ran.document["failed"]) == (5, "signer")


@pytest.mark.parametrize("content", [b"", b"<html>no pack</html>", b"\x00" * 5000], ids=["empty", "html", "zeros"])
def test_what_is_no_pack_at_all_is_bad_input(
    content: bytes, tmp_path: Path, home: Path, stopgap_run: Callable[..., Any]
) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    ran = stopgap_run("pack", "verify", path, "--format", "json")
    assert ran.code == 3
    assert set(ran.document) == {"error"}


def test_a_zip_of_something_else_is_bad_input_too(tmp_path: Path, home: Path, stopgap_run: Callable[..., Any]) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("letter.txt", "dear colleague")
    assert stopgap_run("pack", "verify", tmp_path / "x.zip").code == 3
    assert stopgap_run("pack", "verify", tmp_path / "absent.zip").code == 3


def test_what_is_too_high_is_listed_and_redacted(home: Path, tmp_path: Path, stopgap_run: Callable[..., Any]) -> None:
    lake = open_lake(tmp_path)
    receipt = load(lake, tmp_path / "files", "b.csv", rows(SECRET, "partner", seed=2), marking=RED)
    assert stopgap_run("keys", "new", "desk").code == 0
    words = ("pack", "create", EPISODE, "--goods", GOODS, "--marking", "green", "--key", "desk", "--without", "brief",
             "--output", tmp_path / "p.zip", "--lake", lake, "--format", "json")  # fmt: skip
    ran = stopgap_run(*words)
    assert ran.code == 5
    assert [each["id"] for each in ran.document["error"]["too_high"]] == [f"receipt:{receipt}"]
    assert not (tmp_path / "p.zip").exists()
    ran = stopgap_run(*words, "--redact")
    assert ran.code == 0
    assert ran.document["left_out"] == [{"kind": "receipt", "reason": "above the marking", "count": 1}]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--marking", "WHITE"), 2, "TLP 2.0 calls it CLEAR"),
        (("--marking", "GREEN", "--releasable-to", "Germany"), 2, "ISO3"),
        (("--marking", "GREEN", "--claim", "c-000"), 4, "c-000"),
        (("--marking", "GREEN", "--attach", "nowhere.pdf"), 3, "nowhere.pdf"),
        (("--marking", "GREEN", "--goods", "nothing"), 4, "nothing"),
    ],
)
def test_wrong_calls_say_what_where_and_the_mend(
    words: tuple[str, ...],
    code: int,
    says: str,
    home: Path,
    tmp_path: Path,
    lake: Path,
    stopgap_run: Callable[..., Any],
) -> None:
    path = tmp_path / "other.zip"
    assert stopgap_run("keys", "new", "desk").code == 0
    ran = stopgap_run("pack", "create", EPISODE, *words, "--key", "desk", "--output", path, "--lake", lake)
    assert ran.code == code, ran.err
    assert says in ran.err
    assert "fix:" in ran.err
    assert not path.exists()


def test_a_wrong_passphrase_signs_nothing(
    made: tuple[Path, Path], lake: Path, monkeypatch: pytest.MonkeyPatch, stopgap_run: Callable[..., Any]
) -> None:
    monkeypatch.setenv("STOPGAP_PASSPHRASE", "something else altogether")
    path = made[0].with_name("other.zip")
    ran = stopgap_run(
        "pack", "create", EPISODE, "--marking", "GREEN", "--key", "desk", "--output", path, "--lake", lake
    )
    assert ran.code == 5
    assert not path.exists()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("form", ["stix", "opencti", "misp", "ftm", "csv", "xlsx", "rss", "json-feed"])
def test_a_pack_is_exported_in_each_form(
    form: str, signed: tuple[Path, Path], home: Path, tmp_path: Path, stopgap_run: Callable[..., Any]
) -> None:
    path, public = signed
    output = tmp_path / "exported"
    ran = stopgap_run(
        "pack", "export", path, "--as", form, "--output", output, "--trust", public, "--on", "2026-07-01", "--format", "json"
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert output.stat().st_size == ran.document["size_bytes"] > 0
    if form in ("stix", "opencti"):
        assert json.loads(output.read_text())["type"] == "bundle"


def test_what_does_not_verify_is_not_exported(
    signed: tuple[Path, Path],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopgap_run: Callable[..., Any],
) -> None:
    monkeypatch.setenv("STOPGAP_HOME", str(tmp_path / "stranger"))
    ran = stopgap_run("pack", "export", signed[0], "--as", "csv", "--output", tmp_path / "x.csv")
    assert ran.code == 5
    assert "check signer" in ran.err
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.prove_only
def test_in_python(home: Path, lake: Path, tmp_path: Path) -> None:
    assert run(["keys", "new", "desk"]) == 0
    made = stopgap.open(lake).packs.create(
        EPISODE, marking="GREEN", releasable_to=["DEU"], key="desk", passphrase=PASSPHRASE, output=tmp_path, goods=GOODS,
        parts=(),
    )  # fmt: skip
    assert made.path.name.endswith("_TLP-GREEN.zip")
    assert stopgap.verify_pack(made.path).holds


@pytest.mark.prove_only
def test_companies_go_as_far_as_the_declarations_that_name_them(
    home: Path, tmp_path: Path, stopgap_run: Callable[..., Any]
) -> None:
    world, lake = tmp_path / "world", tmp_path / "lake"
    made = ("simulate", "--output", world, "--seed", 5, "--rows", 6_000, "--kind", "routing", "--declarations", 400)
    assert stopgap_run(*made).code == 0
    assert stopgap_run("import", *sorted(world.glob("trade*.csv*")), "--lake", lake).code == 0
    mapped = ("--map", world / "declarations.yml", "--lake", lake)
    assert stopgap_run("import", *sorted(world.glob("declarations*.csv*")), *mapped).code == 0
    assert stopgap_run("keys", "new", "desk").code == 0
    query = "SELECT exporter AS name FROM declarations UNION SELECT importer FROM declarations"
    listed = stopgap_run("query", query, "--lake", lake, "--format", "json").document["rows"]
    names = [row["name"].encode() for row in listed if row["name"] and len(row["name"]) > 8]
    words = (
        "pack",
        "create",
        world / "episode.yml",
        "--key",
        "desk",
        "--without",
        "brief",
        "--lake",
        lake,
        "--format",
        "json",
    )

    amber = stopgap_run(*words, "--marking", "AMBER", "--output", tmp_path / "amber.zip")
    assert amber.code == 0, amber.out
    [item] = [item for item in amber.document["items"] if item["kind"] == "exposure"]
    assert item["marking"]["tlp"] == "TLP:AMBER"
    assert any(name in (tmp_path / "amber.zip").read_bytes() for name in names)
    assert stopgap_run("pack", "verify", tmp_path / "amber.zip").code == 0

    green = stopgap_run(*words, "--marking", "GREEN", "--output", tmp_path / "green.zip")
    assert green.code == 5
    assert [each["kind"] for each in green.document["error"]["too_high"]] == ["receipt"]
    for more in (("--redact",), ("--without", "exposure")):
        assert stopgap_run(*words, "--marking", "GREEN", "--output", tmp_path / "green.zip", *more).code == 0
        assert not [name for name in names if name in (tmp_path / "green.zip").read_bytes()]
