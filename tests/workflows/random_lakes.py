"""Random lakes with random markings, each piece of evidence with words of its own that may not get out with it.

What is looked for in a pack is decided here from the marks that were put on, by the rule in one line (a thing may go
where its level is not above the pack's and every economy of the pack is on its list), without asking the code under test.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from pack_made import (
    EPISODE,
    GOODS,
    HEADER,
    MEMBERS,
    ON,
    OTHERS,
    SECRET,
    WHEN,
    key,
    options,
    rows,
)

from stopgap.claims.claim import Action, Claim, NamedGoods, SourceLink, Speaker, Stance, Words
from stopgap.errors import RefusedError
from stopgap.lake.importer import ImportOptions, import_files
from stopgap.marking import Marking, Tlp
from stopgap.workflows.alert_log import writing_log
from stopgap.workflows.claim_register import register_claim
from stopgap.workflows.marking_changes import release, set_marking
from stopgap.workflows.measuring import measure
from stopgap.workflows.pack_gathering import PackOptions
from stopgap.workflows.packing import create_pack
from stopgap.workflows.preparing import measure_options

ECONOMIES = ("DEU", "FRA", "USA", "JPN")
MORE = ("PAK", "BGD", "LKA", "NPL", "PHL", "KHM")
CLEAR = (Tlp.CLEAR, None)


@dataclass
class RandomLake:
    """A lake, and what may not get out.

    Attributes:
        lake: Its folder.
        audience: Of the pack to make.
        attachments: Files to attach.
        words: Word -> markings of all that it belongs to: where one does not allow it, it may not get out.
        values: Digits of a row's value -> likewise.
        released: Ids of findings that were released to the audience.
    """

    lake: Path
    audience: Marking
    attachments: tuple[Path, ...] = ()
    words: dict[str, list[Marking]] = field(default_factory=dict)
    values: dict[str, list[Marking]] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)

    def hidden(self, kept: Mapping[str, list[Marking]]) -> list[str]:
        """Words or values that may not get out."""
        return [word for word, marks in kept.items() if not all(map(self._allows, marks))]

    def shown(self) -> list[str]:
        """Words that may."""
        return [word for word, marks in self.words.items() if all(map(self._allows, marks))]

    def _allows(self, mark: Marking) -> bool:
        if mark.tlp > self.audience.tlp:
            return False
        if mark.releasable_to is None:
            return True
        return (
            self.audience.releasable_to is not None and not self.audience.releasable_to - mark.releasable_to
        )


def random_marking(chance: random.Random) -> Marking:
    listed = chance.random() < 0.35
    return Marking(
        chance.choice(list(Tlp)),
        frozenset(chance.sample(ECONOMIES, chance.randint(1, 3))) if listed else None,
    )


def make_lake(folder: Path, seed: int) -> RandomLake:
    """A lake by a seed."""
    chance = random.Random(seed)
    made = RandomLake(folder / "lake", random_marking(chance))
    _files(made, folder, chance, seed)
    _claims(made, chance, seed)
    _alerts(made, chance, seed)
    _attachments(made, folder, chance, seed)
    if chance.random() < 0.5:
        finding = measure(made.lake, EPISODE, measure_options(goods=GOODS))
        try:
            release(
                made.lake, f"finding:{finding.finding_id}", made.audience, who="head", when=WHEN, why="agreed"
            )
            made.released.append(finding.finding_id)
        except RefusedError:
            pass  # it is not above that
    return made


def _files(made: RandomLake, folder: Path, chance: random.Random, seed: int) -> None:
    reporters = [list(MEMBERS) + list(OTHERS), list(SECRET), list(MORE)]
    for number, names in enumerate(reporters[: chance.randint(1, 3)]):
        source, name = f"canarysource{seed}x{number}", f"canaryfile{seed}x{number}.csv"
        lines = rows(names, source, seed=seed * 10 + number)
        path = folder / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
        loaded = ImportOptions(source="canonical", retrieved=ON, terms=f"canaryterms{seed}x{number}")
        [receipt] = import_files(made.lake, [path], loaded).receipts
        marks = []
        if number == 0 and chance.random() < 0.8:
            marks.append(Marking(*CLEAR))
        else:
            own = random_marking(chance)
            set_marking(made.lake, f"receipt:{receipt}", own, who="tester", when=WHEN, why="random")
            marks.append(own)
        if chance.random() < 0.3 and number:
            by_source = random_marking(chance)
            set_marking(made.lake, f"source:{source}", by_source, who="tester", when=WHEN, why="random")
            marks.append(by_source)
        for word in (source, name.removesuffix(".csv"), f"canaryterms{seed}x{number}", receipt):
            made.words[word] = marks
        for line in lines:
            if ",RUS," in line:
                made.values[line.split(",")[7]] = marks


def _claims(made: RandomLake, chance: random.Random, seed: int) -> None:
    for number in range(chance.randint(0, 3)):
        title, words = f"canarytitle{seed}x{number}", f"canarywords{seed}x{number} was said"
        claim = Claim(
            id=None,
            title=title,
            said_by=Speaker(f"canaryspeaker{seed}x{number}", "Spokesperson"),
            said_on="2024-04-08",
            words=Words(words, quoted=False),
            stance=Stance.ASSERTION,
            actor="CHN",
            action=Action.BACKFILL,
            target="RUS",
            goods=(NamedGoods(GOODS),),
            chain=(SourceLink("The Paper", "report"),),
        )
        entry = register_claim(made.lake, claim, who="tester", when=WHEN).entry
        own = random_marking(chance)
        set_marking(made.lake, f"claim:{entry.id}", own, who="tester", when=WHEN, why="random")
        for word in (title, words.split()[0], claim.said_by.name, entry.id):
            made.words[word] = [own]


def _alerts(made: RandomLake, chance: random.Random, seed: int) -> None:
    for number in range(chance.randint(0, 2)):
        id, text = f"a-{seed:05d}{number:05d}", f"canaryalert{seed}x{number}"
        signal = {"kind": "one-month", "month": "2023-05", "began": "2023-05", "value_usd": 2e6, "expected_usd": 1e6,
                  "band_usd": [5e5, 1.5e6], "ratio": 2.0, "p_value": 0.001, "q_value": 0.05, "value_at_stake_usd": 1e6,
                  "vintage": "v1"}  # fmt: skip
        alert = {**signal, "episode": EPISODE, "target": "RUS", "supplier": "CHN", "destination": "RUS", "good": "84+85",
                 "goods": GOODS, "explanation": text, "finding_ids": [], "queries": ["SELECT 1"]}  # fmt: skip
        why = f"canaryreason{seed}x{number}"
        with writing_log(made.lake) as log:
            log.append([
                {"event": "raised", "id": id, "when": WHEN, "alert": alert, "signal": signal},
                {"event": "decided", "id": id, "as": "watch", "who": f"canaryanalyst{seed}x{number}", "when": WHEN, "why": why},
            ])  # fmt: skip
        own, decided = random_marking(chance), random_marking(chance)
        with contextlib.suppress(RefusedError):  # a mark that would put it below what it rests on
            set_marking(made.lake, f"alert:{id}", own, who="tester", when=WHEN, why="random")
        set_marking(made.lake, f"decision:{id}", decided, who="tester", when=WHEN, why="random")
        # an alert was raised on the whole lake
        files = [
            mark for word, marks in made.words.items() if word.startswith("canaryfile") for mark in marks
        ]
        made.words[text] = made.words[id] = [own, *files]
        made.words[why] = made.words[f"canaryanalyst{seed}x{number}"] = [own, decided, *files]


def _attachments(made: RandomLake, folder: Path, chance: random.Random, seed: int) -> None:
    import hashlib

    files = []
    for number in range(chance.randint(0, 2)):
        path = folder / f"canaryattached{seed}x{number}.txt"
        path.write_text(f"canarytext{seed}x{number}")
        own = random_marking(chance)
        subject = f"attachment:sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        set_marking(made.lake, subject, own, who="tester", when=WHEN, why="random")
        made.words[path.stem] = made.words[f"canarytext{seed}x{number}"] = [own]
        files.append(path)
    made.attachments = tuple(files)


def pack_of(made: RandomLake, path: Path, *, brief: bool) -> Path | None:
    """The redacted pack of all that the lake holds; ``None`` where nothing is left."""
    parts = ("claims", "alerts", "decisions", *(("brief",) if brief else ()))
    asked = options(made.audience, redact=True, parts=parts)
    chosen = PackOptions(asked.audience, asked.measure, parts, attachments=made.attachments, redact=True)
    try:
        return create_pack(made.lake, EPISODE, chosen, signer=key().private, output=path).path
    except RefusedError as error:
        if "no finding is left" not in error.what:
            raise
        return None


def contents(path: Path) -> Iterator[tuple[str, str]]:
    """Every name and every text of a pack, unpacked to the last: Parquet as rows, workbooks and PDF as text."""
    with zipfile.ZipFile(path) as archive:
        yield "names", "\n".join(archive.namelist())
        for name in archive.namelist():
            content = archive.read(name)
            yield name, content.decode("latin-1")
            if name.endswith(".parquet"):
                table = pq.read_table(io.BytesIO(content))
                yield (
                    f"{name} (rows)",
                    json.dumps(table.to_pylist(), default=str) + str(table.schema.metadata),
                )
            elif name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    yield (
                        f"{name} (sheets)",
                        "".join(inner.read(each).decode("latin-1") for each in inner.namelist()),
                    )
            elif name.endswith(".pdf"):
                from pypdf import PdfReader

                reader = PdfReader(io.BytesIO(content))
                yield (
                    f"{name} (text)",
                    "".join(page.extract_text() for page in reader.pages) + str(reader.metadata),
                )
            elif name == "signature.dsse.json":
                import base64

                yield f"{name} (payload)", base64.b64decode(json.loads(content)["payload"]).decode()


def leaks(made: RandomLake, path: Path) -> list[str]:
    """What got out and may not."""
    words, values = made.hidden(made.words), made.hidden(made.values)
    found = []
    for place, text in contents(path):
        found += [f"{place}: {word}" for word in words if word in text]
        if not place.endswith((".parquet", ".pdf", ".xlsx")):
            found += [f"{place}: {value}" for value in values if value in text]
    return found
