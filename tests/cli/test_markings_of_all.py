"""Of a lake that is RED throughout, every command says so: in each format, with an answer, an empty answer, an error."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer

from marking_cases import Case, cases_of
from stopgap.cli.app import app
from stopgap.evidence import key_files
from whole_lake import Said, Whole, document, home, make_whole_lake, mark_all, said

RED = {"tlp": "TLP:RED", "releasable_to": None}
LINE = re.compile(r"^marking: (.*)$", re.M)
_NUMBERS = itertools.count()


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each command that does something when it is called."""
    children = getattr(command, "commands", {})
    if path and (not children or getattr(command, "invoke_without_command", False)):
        yield " ".join(path)
    for name, child in children.items():
        yield from leaves(child, (*path, name))


COMMANDS = tuple(leaves(typer.main.get_command(app)))
NAMES = tuple(
    cases_of(Whole(Path(), {"early.csv": ""}, ("", ""), "", "", "", ("", ""), Path("p.zip")), Path())
)


def test_every_command_stands_in_the_table() -> None:
    assert set(COMMANDS) == set(NAMES)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("red")
    before, key_files._COST = key_files._COST, 16
    with home(folder / "home"):
        whole = make_whole_lake(folder)
        extra_files(whole)
        mark_all(whole, whole.lake)
        released(whole)
        yield whole
    key_files._COST = before


def released(whole: Whole) -> None:
    """A finding was released, and the release taken back."""
    words = ("--why", "a source was named", "--by", "ann", "--lake", whole.lake)
    made = document("markings", "release", whole.finding, "--marking", "GREEN", *words)
    document("markings", "withdraw", made["id"], *words)


def extra_files(whole: Whole) -> None:
    """Files of a user that are refused for what the lake holds, and a log to replay."""
    listed = (whole.folder / "world" / "listed.csv").read_text("utf-8").splitlines()
    Path(whole.file("cut.csv")).write_text("\n".join(listed[:3]) + "\n", "utf-8")
    claim = Path(whole.file("claim-1.yml")).read_text("utf-8")
    Path(whole.file("linked.yml")).write_text(
        claim.replace("They fill it", "They do it") + "links: [{relation: denies, claim: c-0000000000}]\n"
    )
    Path(whole.file("decisions.jsonl")).write_bytes(said("decisions", "export", "--lake", whole.lake).out)


def labels(done: Said, form: str) -> list[str]:
    """What the output says of its marking, where its form says it."""
    if done.code not in (0, 3, 5) or not done.out:  # an error, as text
        return LINE.findall(done.err)
    if form == "parquet":
        metadata = pq.read_schema(io.BytesIO(done.out)).metadata or {}
        return [json.loads(metadata[b"marking"])["tlp"]] if b"marking" in metadata else []
    return LINE.findall(done.err if form == "csv" else done.text)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_of_a_red_lake_is_below_red(red: Whole, tmp_path: Path, name: str) -> None:
    for case in cases_of(red, tmp_path)[name]:
        for form in case.formats:
            check(red, case, form, tmp_path)


def check(red: Whole, case: Case, form: str, tmp_path: Path) -> None:
    lake = red.copied(tmp_path / f"lake-{next(_NUMBERS)}") if case.changes else red.lake
    fresh = f"fresh-{next(_NUMBERS)}"
    words = [str(word).replace("FRESH", fresh) for word in case.words]
    done = said(*words, "--lake", lake, "--format", form)
    where = f"{case.name} --format {form}: {done.code}\n{done.text[-1500:]}\n{done.err}"
    assert (done.code == 0) == (case.way != "error"), where
    every = LINE.findall(done.err) + ([] if form == "parquet" else LINE.findall(done.text))
    if not case.is_marked:
        assert not every, where
        return
    assert set(every) <= {"TLP:RED"}, where
    if form == "json" and done.text.startswith("{"):
        documents = done.text if "decisions export" not in case.name else ""
        if documents:
            assert json.loads(documents)["marking"] == RED, where
            return
    assert set(labels(done, form)) == {"TLP:RED"} or (set(every) == {"TLP:RED"} and form != "parquet"), where
