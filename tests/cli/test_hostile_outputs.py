"""A lake full of hostile texts: list entry, declarations, file names, episode, claim; every command in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import yaml
from cli_calls import Run
from hostile_text import is_formula, read, unseen
from measure_names import MEASURES
from output_readers import Page, markdown_tokens, pdf_faults, workbook_faults

from stopgap.cli.main import run
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.simulate.declarations_files import HEADER
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import write_world

LISTED = "＝cmd|' /C calc'!A0 <script>alert(1)</script> [x](javascript:alert(1)) Vagadote \u202egnp.exe\u202c"
SENDER = "<img src=x onerror=alert(1)> ![p](http://example.net) \u200bVagadote \u2066Ltd\u2069 #panic() $x$"
RECEIVER = '=HYPERLINK("http://example.net") شركة \u200fالأمثلة `x` {{7*7}} | a |'
TITLE = "Stop \u202e<b>of</b> trade [t](javascript:1) \u2028=1 http://example.net"
WORDS = "China has been \u202ebackfilling\u202c <script>alert(1)</script> [w](javascript:1) `q`"
FILE = "＝a\x1b[2J\u202e<b>[x](javascript:1)"
UNREAL = {"script", "b", "i"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake, beside its episode ``episode.yml`` and claim ``claim.yml``."""
    folder = tmp_path_factory.mktemp("hostile") / "world"
    written = write_world(
        world_spec("routing", 4, economies=8, goods=4, baseline_months=12, after_months=6), folder, declarations=300
    )
    lake = folder / "lake"
    figures = Path(written.files[0])
    named = figures.rename(figures.with_name(f"{FILE} {figures.name}"))
    import_paths(lake, [named, *written.files[1:]])
    declared = folder / f"{FILE} declared.csv"
    rows = [row for path in written.declarations for row in csv.DictReader(io.StringIO(_text(path)))]
    with declared.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, HEADER.strip().split(","), lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({**row, "sender_name": SENDER, "receiver_name": RECEIVER})
    import_paths(lake, [declared], ImportRequest(mapping=str(folder / "declarations.yml")))
    listed = folder / "mine.csv"
    with listed.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["entity_id", "name"], ["E-1", LISTED]])
    import_paths(lake, [listed], ImportRequest(source="list"))
    episode = yaml.safe_load((folder / "episode.yml").read_text("utf-8"))
    (folder / "episode.yml").write_text(yaml.safe_dump({**episode, "title": TITLE}), "utf-8")
    claim = {
        "said_by": {"name": SENDER, "office": RECEIVER}, "said_on": "2024-04-08", "actor": episode["hubs"][0],
        "action": "backfill", "target": episode["target"], "goods": [str(folder / "goods.csv")], "words": WORDS, "title": TITLE,
        "note": LISTED, "chain": [{"source": RECEIVER, "form": "report"}], "source": {"quoted": False},
    }  # fmt: skip
    (folder / "claim.yml").write_text(yaml.safe_dump(claim), "utf-8")
    return folder


def _text(path: Path) -> str:
    import gzip

    content = Path(path).read_bytes()
    return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8")


EPISODE = "{world}/episode.yml"
COMMANDS = {
    "lists": ("lists",),
    "lists show": ("lists", "show", "mine"),
    "lists entity": ("lists", "entity", "E-1"),
    "screen": ("screen", "Vagadote gnp.exe"),
    "screen, explained": ("screen", LISTED, "--explain"),
    "exposure": ("exposure", EPISODE),
    **{name: (name, EPISODE) for name in MEASURES if name != "counterfactual"},
    "levers": ("levers", EPISODE, "--no-routes"),
    "series": ("series", "--from", "NIC,FJI", "--to", "COL", "--goods", "{world}/goods.csv", "--by", "month"),
    "quality": ("lake", "quality", EPISODE),
    "vintages": ("lake", "vintages"),
    "check": ("lake", "check"),
    "receipts": ("query", "SELECT * FROM receipts"),
    "names": ("query", "SELECT * FROM listed"),
    "odd columns": ("query", "SELECT 1 AS \"＝<b>\u202e[x](javascript:1)\", 'a' || chr(27) || '[2J' AS \"\x1b[2J\""),
    "episodes show": ("episodes", "show", EPISODE),
    "episodes check": ("episodes", "check", EPISODE),
    "claims test": ("claims", "test", "{world}/claim.yml", "--episode", EPISODE),
    "claims list": ("claims", "list"),
    "claims show": ("claims", "show", "{claim}"),
    "decisions list": ("decisions", "list"),
    "lists changes": ("lists", "changes", "--since", "v1"),
    "markings list": ("markings", "list"),
    "doctor": ("doctor",),
    "imported before": ("import", "{world}/mine.csv", "--source", "list"),
}
REFUSED = {
    "no such file": ("import", f"/nowhere/{FILE}.csv"),
    "no such episode": ("measure", f"{FILE}\nmarking: TLP:CLEAR"),
    "no such list": ("lists", "show", LISTED),
    "no such claim": ("claims", "show", WORDS),
    "SQL": ("query", f"SELECT '{FILE}' FROM \"{TITLE}\""),
    "an option": ("measure", f"--{TITLE}"),
}


@pytest.fixture(scope="module")
def claim(world: Path) -> str:
    """The claim's id in the register; a decision on the list's entry is beside it."""
    told = world / "registered.json"
    lake = ("--lake", str(world / "lake"), "--format", "json", "--output", str(told))
    decided = (
        "decisions",
        "decide",
        "--query",
        RECEIVER,
        "--list",
        "mine",
        "--entity",
        "E-1",
        "--as",
        "false",
        "--why",
        WORDS,
    )
    assert run([*decided, "--by", "ann", "--score", "0.9", *lake]) == 0
    assert run(["claims", "register", str(world / "claim.yml"), "--by", "ann", *lake]) == 0
    return str(json.loads(told.read_text("utf-8"))["id"])


@pytest.mark.one_in(24)
@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command(stopgap_run: Run, world: Path, claim: str, name: str, form: str, tmp_path: Path) -> None:
    words = [word.replace("{world}", str(world)).replace("{claim}", claim) for word in COMMANDS[name]]
    ran = stopgap_run(*words, "--lake", world / "lake", "--format", form)
    assert ran.code == 0, ran.err
    assert unseen(ran.err) == []
    _is_harmless(ran.out, form)
    file = tmp_path / f"TLP-RED_answer.{form}"
    ran = stopgap_run(*words, "--lake", world / "lake", "--format", form, "--output", file)
    if ran.code == 0:
        _is_harmless(file.read_text("utf-8"), form)


def _is_harmless(text: str, form: str) -> None:
    assert unseen(text) == []
    if form == "json":
        json.loads(text)
    if form == "csv":
        assert [
            cell for row in csv.reader(io.StringIO(text)) for cell in row if is_formula(cell) and not _is_number(cell)
        ] == []
    if form == "md":
        kinds, _ = markdown_tokens(text)
        assert not {"link_open", "image", "html_inline", "html_block", "code_inline", "fence", "em_open"} & set(kinds)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("name", REFUSED)
def test_every_error(stopgap_run: Run, world: Path, name: str, form: str) -> None:
    ran = stopgap_run(*REFUSED[name], "--lake", world / "lake", "--format", form)
    assert ran.code in (2, 3, 4, 5)
    assert unseen(ran.out + ran.err) == []
    if form == "table":
        assert len(ran.err.splitlines()) == 3 or ran.err.splitlines()[3].startswith("marking: ")


@pytest.mark.prove_only
@pytest.mark.parametrize("ending", ["html", "pdf", "xlsx", "md"])
def test_a_brief(stopgap_run: Run, world: Path, claim: str, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"TLP-RED_brief.{ending}"
    ran = stopgap_run("brief", world / "episode.yml", "--lake", world / "lake", "--output", file)
    assert ran.code == 0, ran.err
    assert unseen(ran.out + ran.err) == []
    _is_harmless_document(file, [TITLE, "Vagadote"])


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_a_claim_page(stopgap_run: Run, world: Path, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"TLP-RED_claim.{ending}"
    words = ("claims", "test", world / "claim.yml", "--episode", world / "episode.yml", "--lake", world / "lake")
    ran = stopgap_run(*words, "--output", file)
    assert ran.code == 0, ran.err
    _is_harmless_document(file, [SENDER, WORDS, LISTED])


def _is_harmless_document(file: Path, texts: list[str]) -> None:
    content = file.read_bytes()
    if file.suffix == ".pdf":
        faults, _ = pdf_faults(content)
        assert faults == []
        return
    if file.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.load_workbook(file)
        formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert not [each for each in formulas if "example.net" in each or "cmd" in each]
        faults, words = workbook_faults(content, len(formulas))
        assert faults == []
    elif file.suffix == ".md":
        kinds, words = markdown_tokens(content.decode("utf-8"))
        assert unseen(content.decode("utf-8")) == []
        assert not {"link_open", "image", "html_inline", "html_block", "code_inline"} & set(kinds)
    else:
        page = Page(content.decode("utf-8"))
        words = page.text
        assert unseen(content.decode("utf-8")) == []
        assert page.active == []
        assert not {tag for tag, *_ in page.elements} & UNREAL
    for text in texts:
        assert read(text) in words


@pytest.mark.parametrize("form", ["json", "csv"])
def test_answers_to_a_file_of_names(stopgap_run: Run, world: Path, form: str, tmp_path: Path) -> None:
    names = tmp_path / f"{FILE}.csv"
    with names.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["name"], [LISTED], ["＝Vagadote gnp.exe"], ["\u202e"]])
    words = ("screen", names, "--name-column", "name", "--lake", world / "lake", "--format", form)
    ran = stopgap_run(*words)
    assert ran.code == 0, ran.err
    assert unseen(ran.err) == []
    _is_harmless(ran.out, form)
    file = tmp_path / f"TLP-AMBER_answers.{form}"
    assert stopgap_run(*words, "--output", file).code == 0
    _is_harmless(file.read_text("utf-8"), form)
    for rejects in tmp_path.glob("*.rejects.csv"):
        _is_harmless(rejects.read_text("utf-8"), "csv")


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_log_of_decisions_that_leaves_and_comes_in(
    stopgap_run: Run, world: Path, claim: str, form: str, tmp_path: Path
) -> None:
    ran = stopgap_run("decisions", "export", "--lake", world / "lake", "--format", form)
    assert unseen(ran.out + ran.err) == []
    log = tmp_path / f"decisions.{form}"
    log.write_text(ran.out, "utf-8")
    taken = stopgap_run("decisions", "replay", log, "--by", "bob", "--lake", tmp_path / "lake", "--format", "json")
    assert (taken.code, taken.document["taken"]) == (0, 1)
    [mine] = stopgap_run("decisions", "list", "--lake", tmp_path / "lake", "--format", "json").document["decisions"]
    assert mine["why"] == WORDS


def test_rows_that_an_import_refuses(stopgap_run: Run, world: Path, tmp_path: Path) -> None:
    from cli_calls import RELEASE, comtrade_file

    path = comtrade_file(tmp_path / f"{FILE}.csv", [*RELEASE, (2021, "=1+1\u202e", "\x1b[2J", "＝x")])
    ran = stopgap_run("import", path, "--lake", tmp_path / "lake", "--format", "json")
    assert ran.code == 3
    assert unseen(ran.out + ran.err) == []
    [rejects] = (tmp_path / "lake" / "rejects").glob("*.csv")
    text = rejects.read_text("utf-8")
    _is_harmless(text, "csv")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 1
