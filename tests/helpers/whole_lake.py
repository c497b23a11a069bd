"""A lake that holds some of everything: figures in two releases, one file taken back, declarations, a list, statements with
their texts and verdicts, alerts, decisions, findings, and a pack that was received."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.clearance import current_viewer, viewed_by
from stopgap.base.marking import Marking, Tlp
from stopgap.cli.main import run
from stopgap.lake.marking_log import LOG, marked_event

SAID = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "asked for"}
RED = Marking(Tlp.RED)
PASSPHRASE = "a long passphrase of five words"
CLAIM = (
    "said_by: {{name: {name}}}\nsaid_on: {day}\nchain: [{{source: A newspaper, form: report}}]\nactor: {actor}\n"
    "action: backfill\ntarget: AND\ngoods: [{goods}]\nepisode: {episode}\nwords: {words}\n"
)
TABLES = ("trade", "declarations", "listed")


@dataclass(frozen=True)
class Whole:
    """The lake, and what its commands need.

    Attributes:
        folder: Everything stands in it.
        receipts: Name of a file -> its receipt.
        claims: Ids of its statements.
        alert: Id of an alert with a decision.
        decision: Id of a decision on a match.
        finding: Id of a finding.
        listed: Entity of its list, and its name.
        pack: A pack, which is also received.
        held: Its lake; ``None`` for the one in the folder.
    """

    folder: Path
    receipts: dict[str, str]
    claims: tuple[str, ...]
    alert: str
    decision: str
    finding: str
    listed: tuple[str, str]
    pack: Path
    held: Path | None = None

    @property
    def lake(self) -> Path:
        return self.held or self.folder / "lake"

    @property
    def episode(self) -> str:
        return str(self.folder / "world" / "episode.yml")

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def copied(self, target: Path) -> Path:
        """A copy of the lake alone."""
        return Path(shutil.copytree(self.lake, target))

    def with_copies(self, target: Path) -> Whole:
        """The same with copies of its lake and of its user's keys, in a folder; its other files stay where they are named."""
        shutil.copytree(self.folder / "home", target / "home")
        return replace(self, held=self.copied(target / "lake"))


@contextlib.contextmanager
def home(folder: Path) -> Iterator[None]:
    """The user's keys stand in a folder of the test."""
    before = os.environ.get("STOPGAP_HOME")
    os.environ["STOPGAP_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("STOPGAP_HOME") if before is None else os.environ.update(STOPGAP_HOME=before)


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace")


class _Out(io.TextIOWrapper):
    """Standard output of a program: text and bytes, and no terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="", write_through=True)


@contextlib.contextmanager
def _seeing() -> Iterator[None]:
    """A command sees the whole lake, also while a service runs in this process, unless a test says whose eyes read."""
    try:
        viewer = current_viewer()
    except LookupError:
        viewer = None
    with viewed_by(viewer):
        yield


def said(*words: object) -> Said:
    """Run a command here, and take what it says."""
    out, err = _Out(), io.StringIO()
    with _seeing(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(word) for word in words])
        out.flush()
    return Said(code, out.buffer.getvalue(), err.getvalue())  # type: ignore[attr-defined]


def document(*words: object) -> Any:
    """The JSON that a command must answer."""
    done = said(*words, "--format", "json")
    if done.code:
        raise RuntimeError(f"{words}: {done.text} {done.err}")
    return json.loads(done.out)


def mark(lake: Path, *marks: tuple[str, Marking]) -> None:
    """Mark subjects, without a look at what they rest on."""
    with LOG.writing(lake) as log:
        log.append([marked_event(subject, marking, **SAID) for subject, marking in marks])


def mark_all(whole: Whole, lake: Path, marking: Marking = RED) -> None:
    """Everything that can be marked of the lake, but goods lists and the episode, which would hide the rest."""
    subjects = [
        *(f"table:{name}" for name in TABLES),
        *(f"claim:{id}" for id in whole.claims),
        f"alert:{whole.alert}",
        f"decision:{whole.alert}",
        f"decision:{whole.decision}",
        f"finding:{whole.finding}",
    ]
    mark(lake, *((subject, marking) for subject in subjects))


def make_whole_lake(
    folder: Path, *, pack_marking: str = "RED", change: Callable[[Path], None] = lambda world: None
) -> Whole:
    """Make it in an empty folder; the user's home must be one of the test (:func:`home`).

    Args:
        folder: The folder.
        pack_marking: Marking of the partner's pack.
        change: Changes files of the world before they are imported.
    """
    world, lake = folder / "world", folder / "lake"
    sizes = ("--seed", 1, "--rows", 4786, "--kind", "alerts", "--economies", 8, "--goods", 2)
    document("simulate", "--output", world, *sizes, "--declarations", 100)
    episode, at = world / "episode.yml", ("--lake", lake)
    receipts = {}
    releases = _releases(world)
    change(world)
    for name in releases:
        receipts[name] = document("import", world / name, *at)["receipts"][0]
    document("lake", "withdraw", receipts["mistaken.csv"], "--why", "sent by mistake", *at)
    mapped = document("import", world / "declarations.csv", "--map", world / "declarations.yml", *at)
    receipts["declarations.csv"] = mapped["receipts"][0]
    receipts["listed.csv"] = document("import", world / "listed.csv", "--source", "list", *at)["receipts"][0]
    text = folder / "briefing.md"
    text.write_text("On Monday the minister said that others fill the gap. He named nobody.\n", "utf-8")
    document("claims", "texts", "import", text, *at)
    finding = document("measure", episode, *at)["finding_id"]
    claims = tuple(_claims(folder, world, lake))
    document("claims", "test", "--all", *at)
    alerts = document("alerts", "run", episode, *at)["alerts"]
    alert = alerts[0]["id"] if alerts else "a-0000000000"
    if alerts:
        document("alerts", "decide", alert, "--as", "watch", "--why", "to be seen", "--by", "ann", *at)
    entity, name = (world / "listed.csv").read_text("utf-8").splitlines()[1].split(",")[:2]
    listed = ("--list", "listed", "--entity", entity, "--as", "false", "--why", "other number")
    decided = document("decisions", "decide", "--query", name, *listed, "--by", "ann", *at)
    pack = _pack(folder, episode, pack_marking, at)
    names = folder / "names.csv"
    names.write_text(f"id,name\n1,{name}\n2,Quiet Orchard Bakery\n", "utf-8")
    owners = folder / "owners.csv"
    owners.write_text(
        f"owner_id,owner_name,asset_id,asset_name,share_pct\n{entity},{name},D1,Example Daughter Ltd,60\n", "utf-8"
    )
    return Whole(folder, receipts, claims, alert, decided["id"], finding, (entity, name), pack)


def _releases(world: Path) -> tuple[str, ...]:
    """The world's figures as two releases, the second with a jump in its month, and a file that is taken back."""
    with (world / "trade.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    last = max(row["period"] for row in rows)
    for row in rows:
        if row["period"] == last and row["partnerISO"] == "AND" and row["reporterISO"] not in ("TLS", "NOR"):
            for name in ("primaryValue", "fobvalue", "cifvalue"):
                row[name] = str(float(row[name]) * 80) if row[name] else ""
    parts = {
        "early.csv": [row for row in rows if row["period"] < last],
        "late.csv": [row for row in rows if row["period"] == last],
        "mistaken.csv": [
            {**rows[0], "period": "201601", "refYear": "2016", "refMonth": "1", "refPeriodId": "20160101"}
        ],
    }
    for name, part in parts.items():
        with (world / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(part)
    return tuple(parts)


def _claims(folder: Path, world: Path, lake: Path) -> Iterator[str]:
    for number, actor in enumerate(("THIRD", "NOR")):
        path = folder / f"claim-{number}.yml"
        words = "Others fill the gap" if number == 0 else "They fill it"
        path.write_text(
            CLAIM.format(
                name=f"Speaker {number}", day=f"2019-0{number + 4}-08", actor=actor, goods=world / "goods.csv",
                episode=world / "episode.yml", words=words,
            )
        )  # fmt: skip
        yield document("claims", "register", path, "--by", "ann", "--lake", lake)["id"]


def _pack(folder: Path, episode: Path, marking: str, at: tuple[object, ...]) -> Path:
    secret = folder / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", "utf-8")
    document("keys", "new", "liaison", "--passphrase-file", secret, "--by", "ann")
    made = document(
        "pack", "create", episode, "--marking", marking, "--key", "liaison", "--passphrase-file", secret,
        "--output", folder / "partner.zip", "--without", "brief", *at,
    )  # fmt: skip
    document("pack", "receive", made["file"], "--by", "ann", *at)
    return Path(made["file"])


def extra_files(whole: Whole) -> None:
    """Files of a user that are refused for what the lake holds, and a log to replay."""
    listed = (whole.folder / "world" / "listed.csv").read_text("utf-8").splitlines()
    Path(whole.file("cut.csv")).write_text("\n".join(listed[:3]) + "\n", "utf-8")
    claim = Path(whole.file("claim-1.yml")).read_text("utf-8")
    Path(whole.file("linked.yml")).write_text(
        claim.replace("They fill it", "They do it") + "links: [{relation: denies, claim: c-0000000000}]\n"
    )
    Path(whole.file("decisions.jsonl")).write_bytes(said("decisions", "export", "--lake", whole.lake).out)
