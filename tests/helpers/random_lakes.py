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
from typing import Any

import pyarrow.parquet as pq
from pack_made import EPISODE, GOODS, HEADER, MEMBERS, ON, OTHERS, SECRET, WHEN, key, options, rows

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking, Tlp
from stopgap.claims.claim import Action, Claim, ClaimWords, NamedGoods, SourceLink, Speaker, Stance
from stopgap.claims.register.register import register_claim
from stopgap.evidence.markings.changes import release, set_marking
from stopgap.evidence.packs.create import create_pack
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.lake.importing.importer import import_files
from stopgap.lake.importing.options import ImportOptions
from stopgap.measures.alerts.log import writing_log
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

ECONOMIES = ("DEU", "FRA", "USA", "JPN")
MORE = ("PAK", "BGD", "LKA", "NPL", "PHL", "KHM")
CLEAR = (Tlp.CLEAR, None)


@dataclass(frozen=True)
class LoadedFile:
    """A file of trade as it was imported.

    Attributes:
        path: The file.
        options: How it was read.
        source: Its source.
        marks: Markings of the file and of its source.
    """

    path: Path
    options: ImportOptions
    source: str
    marks: list[Marking]


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
        files: Files of trade, in the order in which they were imported.
        claims: Statements, with their markings.
    """

    lake: Path
    audience: Marking
    attachments: tuple[Path, ...] = ()
    words: dict[str, list[Marking]] = field(default_factory=dict)
    values: dict[str, list[Marking]] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    files: list[LoadedFile] = field(default_factory=list)
    claims: list[tuple[Claim, Marking]] = field(default_factory=list)

    def hidden(self, kept: Mapping[str, list[Marking]]) -> list[str]:
        """Words or values that may not get out."""
        return [word for word, marks in kept.items() if not self.allows(marks)]

    def shown(self) -> list[str]:
        """Words that may."""
        return [word for word, marks in self.words.items() if self.allows(marks)]

    def allows(self, marks: list[Marking]) -> bool:
        """Whether a thing with all of these markings may go."""
        return all(map(self._allows, marks))

    def _allows(self, mark: Marking) -> bool:
        if mark.tlp > self.audience.tlp:
            return False
        if mark.releasable_to is None:
            return True
        return self.audience.releasable_to is not None and not self.audience.releasable_to - mark.releasable_to


def random_marking(chance: random.Random) -> Marking:
    listed = chance.random() < 0.35
    return Marking(
        chance.choice(list(Tlp)), frozenset(chance.sample(ECONOMIES, chance.randint(1, 3))) if listed else None
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
            release(made.lake, f"finding:{finding.finding_id}", made.audience, who="head", when=WHEN, why="agreed")
            made.released.append(finding.finding_id)
        except RefusedError:
            pass  # it is not above that
    return made


def _files(made: RandomLake, folder: Path, chance: random.Random, seed: int) -> None:
    """Files of trade, some of which revise figures of earlier ones, under markings of their own."""
    reporters = [list(MEMBERS) + list(OTHERS), list(SECRET), list(MORE)]
    plan = [(number, names) for number, names in enumerate(reporters[: chance.randint(1, 3)])]
    for _ in range(chance.choice((0, 1, 1, 2))):
        revised, names = chance.choice(plan)
        some = chance.sample(names, chance.randint(1, len(names)))
        plan.insert(chance.randint(1, len(plan)), (revised, some))
    for number, (origin, names) in enumerate(plan):
        source, name = f"canarysource{seed}x{origin}", f"canaryfile{seed}x{number}.csv"
        lines = rows(names, source, seed=seed * 10 + number, scale=chance.choice((1.0, 1.0, 0.3, 4.0)))
        path = folder / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
        loaded = ImportOptions(source="canonical", retrieved=ON, terms=f"canaryterms{seed}x{number}")
        [receipt] = import_files(made.lake, [path], loaded).receipts
        own = Marking(*CLEAR) if number == 0 and chance.random() < 0.8 else random_marking(chance)
        set_marking(made.lake, f"receipt:{receipt}", own, who="tester", when=WHEN, why="random")
        made.files.append(LoadedFile(path, loaded, source, [own]))
        for word in (name.removesuffix(".csv"), f"canaryterms{seed}x{number}", receipt):
            made.words[word] = made.files[-1].marks
        for line in lines:
            if ",RUS," in line:
                made.values[line.split(",")[7]] = made.files[-1].marks
    for source in sorted({each.source for each in made.files}):
        own_files = [each for each in made.files if each.source == source]
        if chance.random() < 0.2:
            by_source = random_marking(chance)
            set_marking(made.lake, f"source:{source}", by_source, who="tester", when=WHEN, why="random")
            for each in own_files:
                each.marks.append(by_source)
        # the name of a source goes with any file of it
        made.words[source] = min((each.marks for each in own_files), key=lambda marks: not made.allows(marks))


def _claims(made: RandomLake, chance: random.Random, seed: int) -> None:
    for number in range(chance.randint(0, 3)):
        title, words = f"canarytitle{seed}x{number}", f"canarywords{seed}x{number} was said"
        claim = Claim(
            id=None,
            title=title,
            said_by=Speaker(f"canaryspeaker{seed}x{number}", "Spokesperson"),
            said_on="2024-04-08",
            words=ClaimWords(words, quoted=False),
            stance=Stance.ASSERTION,
            actor="CHN",
            action=Action.BACKFILL,
            target="RUS",
            goods=(NamedGoods(GOODS),),
            chain=(SourceLink("The Paper", "report"),),
        )
        entry = register_claim(made.lake, claim, who="tester", when=WHEN).entry
        own = random_marking(chance)
        made.claims.append((claim, own))
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
        files = [mark for word, marks in made.words.items() if word.startswith("canaryfile") for mark in marks]
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


def twin_of(made: RandomLake, folder: Path) -> RandomLake:
    """The lake that never had what may not go to the audience: the other files, and the same statements."""
    twin = RandomLake(folder / "twin", made.audience)
    for each in made.files:
        if made.allows(each.marks):
            [receipt] = import_files(twin.lake, [each.path], each.options).receipts
            for mark in each.marks[:1]:
                set_marking(twin.lake, f"receipt:{receipt}", mark, who="tester", when=WHEN, why="random")
    for claim, own in made.claims:
        entry = register_claim(twin.lake, claim, who="tester", when=WHEN).entry
        set_marking(twin.lake, f"claim:{entry.id}", own, who="tester", when=WHEN, why="random")
    return twin


def differences(pack: Path, twin: Path | None) -> list[str]:
    """Numbers of a pack that are not those of the pack of the lake without what was withheld.

    Findings and verdicts are held against each other figure by figure, and every row of trade of the pack is one of the
    other's. Names of vintages and the ids that rest on them are not figures.
    """
    if twin is None:
        return ["the lake without what was withheld has no finding"]
    own, other = _figures(pack), _figures(twin)
    found = []
    for name, document in own.items():
        if name not in other:
            found.append(f"{name} is not in the other pack")
        elif document != other[name]:
            found.append(f"{name} differs: {_first_difference(document, other[name])}")
    return found


def _figures(path: Path) -> dict[str, Any]:
    """Findings by goods, verdicts by statement, rows of trade by what they tell."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            folder, _, file = name.removeprefix("data/").partition("/")
            if folder in ("findings", "verdicts") and file.endswith(".json"):
                document = json.loads(archive.read(name))
                found[f"{folder} {document.get('goods')} {document.get('claim_id')}"] = bare(document)
            elif folder == "rows" and file.endswith(".parquet") and "trade" in file:
                for row in pq.read_table(io.BytesIO(archive.read(name))).to_pylist():
                    value = row.pop("value_usd")
                    found[f"row {json.dumps(bare(row), default=str, sort_keys=True)}"] = value
    return found


_NAMES_OF_VINTAGES = ("as_of", "vintage", "finding_id", "finding_ids", "queries", "reproduce", "marking")


def bare(document: Any) -> Any:
    """A document without names of vintages, and what is made of them."""
    if isinstance(document, dict):
        return {name: bare(value) for name, value in document.items() if name not in _NAMES_OF_VINTAGES}
    return [bare(each) for each in document] if isinstance(document, list) else document


def _first_difference(one: Any, other: Any, at: str = "") -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        names = [name for name in {*one, *other} if one.get(name) != other.get(name)]
        return _first_difference(one.get(names[0]), other.get(names[0]), f"{at}.{names[0]}") if names else at
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        place = next(place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
        return _first_difference(one[place], other[place], f"{at}[{place}]")
    return f"{at}: {one!r} is not {other!r}"[:300]


def contents(path: Path) -> Iterator[tuple[str, str]]:
    """Every name and every text of a pack, unpacked to the last: Parquet as rows, workbooks and PDF as text."""
    with zipfile.ZipFile(path) as archive:
        yield "names", "\n".join(archive.namelist())
        for name in archive.namelist():
            content = archive.read(name)
            yield name, content.decode("latin-1")
            if name.endswith(".parquet"):
                table = pq.read_table(io.BytesIO(content))
                yield (f"{name} (rows)", json.dumps(table.to_pylist(), default=str) + str(table.schema.metadata))
            elif name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    yield (f"{name} (sheets)", "".join(inner.read(each).decode("latin-1") for each in inner.namelist()))
            elif name.endswith(".pdf"):
                from pypdf import PdfReader

                reader = PdfReader(io.BytesIO(content))
                yield (f"{name} (text)", "".join(page.extract_text() for page in reader.pages) + str(reader.metadata))
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
