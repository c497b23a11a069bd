"""What an answer rests on, told from outside: a part of the lake is changed or taken away, and the answer differs or not.

No label may be below the marking of a part by which the answer differs. Where it does not differ, nothing is asked.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marking_cases import Case, cases_of, labels_of
from whole_lake import Said, Whole, extra_files, make_whole_lake, mark, said

from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.claims.register.texts import read_register
from stopgap.evidence.markings.effective import read_markings
from stopgap.lake.history import read_log
from stopgap.lake.partner_evidence import read_received

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?")
HASH = re.compile(r"(?<!sha256:)\b[0-9a-f]{64}\b")
FRESH = re.compile(r"fresh-\d+")
ECONOMIES = ("DEU", "FRA", "USA")
FILES = ("early.csv", "late.csv", "mistaken.csv", "declarations.csv", "listed.csv")
Key = tuple[str, int]


def changed_file(world: Path, name: str) -> None:
    """Other content under the same name: other dollars, and other names."""
    path = world / name
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    for number, row in enumerate(rows):
        for column in columns:
            if column in ("primaryValue", "fobvalue", "cifvalue", "statistical_value") and row[column]:
                row[column] = str(round(float(row[column]) * (1.4 if name != "late.csv" else 1 / 80), 2))
            if name == "listed.csv" and number and column in ("name", "alias") and row[column]:
                row[column] = f"Otherwise {row[column]}"
            if name == "declarations.csv" and number % 2 and column == "receiver_name" and row[column]:
                row[column] = f"Otherwise {row[column]}"
    if name == "declarations.csv":
        rows = rows[::2]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def without(whole: Whole) -> dict[str, Callable[[Path], None]]:
    """Part of the lake beside its rows -> what takes it away."""

    def lines(log: str, keep: Callable[[dict[str, object]], bool]) -> Callable[[Path], None]:
        def cut(lake: Path) -> None:
            path = lake / log / "log.jsonl"
            events = path.read_text("utf-8").splitlines()
            path.write_text("".join(f"{each}\n" for each in events if keep(json.loads(each))), "utf-8")

        return cut

    other = whole.claims[1]
    return {
        f"claim:{other}": lines("claims", lambda event: event["id"] != other),
        f"decision:{whole.alert}": lines("alerts", lambda event: event["event"] != "decided"),
        f"decision:{whole.decision}": lambda lake: shutil.rmtree(lake / "decisions"),
        "pack": lambda lake: shutil.rmtree(lake / "received"),
        f"finding:{whole.finding}": lambda lake: (lake / "findings" / f"{whole.finding.removeprefix('sha256:')}.json").unlink(),
    }  # fmt: skip


@dataclass
class Run:
    """One call."""

    done: Said
    seconds: float


@dataclass
class Oracle:
    """A lake, its cases, and the parts of the lake that each rests on.

    Attributes:
        folder: Where it stands; every variant of it stood there too, so that paths are the same.
        whole: The lake as it is.
        rests_on: Case -> files and other parts by which its answer differs.
        noisy: Cases that answer otherwise each time, of which nothing can be told.
        seconds: What each case takes.
    """

    folder: Path
    whole: Whole
    rests_on: dict[Key, set[str]] = field(default_factory=dict)
    noisy: set[Key] = field(default_factory=set)
    seconds: dict[Key, float] = field(default_factory=dict)
    runs: int = 0

    def cases(self) -> dict[Key, Case]:
        found = cases_of(self.whole, self.folder / "out")
        return {(name, number): case for name, own in found.items() for number, case in enumerate(own)}

    def run(self, case: Case, form: str) -> Run:
        """The case in one form; a case that changes the lake gets a copy, always in the same place."""
        lake, out = self.whole.lake, self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        if case.changes:
            shutil.rmtree(self.folder / "copy", ignore_errors=True)
            lake = self.whole.copied(self.folder / "copy")
        self.runs += 1
        words = [str(word).replace("FRESH", f"fresh-{self.runs}") for word in case.words]
        begun = time.perf_counter()
        done = said(*words, "--lake", lake, "--format", form)
        return Run(done, time.perf_counter() - begun)

    def answers(self, wanted: Iterable[Key]) -> dict[Key, str]:
        """What each case answers, but for its marking, moments and chained hashes."""
        cases = self.cases()
        found = {}
        for key in wanted:
            case = cases[key]
            ran = self.run(case, case.formats[0])
            self.seconds[key] = ran.seconds
            text = ran.done.text
            if text.startswith("{\n"):
                document = json.loads(text)
                document.pop("marking", None)
                text = json.dumps(document, sort_keys=True)
            for pattern in (MOMENT, HASH, FRESH):
                text = pattern.sub("…", text)
            found[key] = text
        return found


LONG = frozenset({"brief", "counterfactual", "watch", "levers", "pack create", "screen", "ownership check", "diff"})
"""Commands of which one case at most is asked here, because each takes long; all are in ``test_markings_of_all.py``."""

OTHERWISE = frozenset({"pack compare", "pack export", "pack verify", "markings set"})
"""Packs say their makers' markings, whatever their files are marked here; a mark that is set is what is required then."""


def asked(key: Key, case: Case) -> bool:
    """Whether a case is asked: not those that write pages or say nothing of a lake."""
    words = [str(word) for word in case.words]
    return (
        case.is_marked
        and key[0] not in OTHERWISE
        and (key[0] not in LONG or key in (("screen", 1), ("diff", 0), ("brief", 0)))
        and not any(word.endswith((".html", ".xlsx", ".ftm.jsonl")) for word in words)
    )


def make_oracle(
    folder: Path,
    *,
    files: Sequence[str] = FILES,
    keys: Callable[[Key, Case], bool] = asked,
    say: Callable[[str], None] = lambda text: None,
) -> Oracle:
    """Make the lake in each of its variants, and see which answers differ.

    Args:
        folder: New folder.
        files: Files that are changed, one at a time.
        keys: Which cases are asked.
        say: Told what is done.
    """
    place = folder / "world-of-all"
    changed: dict[str, dict[Key, str]] = {}
    wanted: list[Key] = []
    for name in files:
        say(f"the lake with another {name}")
        oracle = _made(place, lambda world, name=name: changed_file(world, name))  # type: ignore[misc]
        wanted = [key for key, case in oracle.cases().items() if keys(key, case)]
        changed[name] = oracle.answers(wanted)
        shutil.rmtree(place)
    say("the lake as it is")
    oracle = _made(place)
    base = oracle.answers(wanted)
    kept = place / "kept"
    oracle.whole.lake.rename(kept)
    for part, take in without(oracle.whole).items():
        say(f"the lake without {part.partition(':')[0]}")
        take(Path(shutil.copytree(kept, oracle.whole.lake)))
        changed[part] = oracle.answers(wanted)
        shutil.rmtree(oracle.whole.lake)
    # What differs from every lake that was made anew may differ from one made alike.
    doubtful = [key for key in wanted if all(changed[name][key] != base[key] for name in files)]
    shutil.move(kept, folder / "kept")
    shutil.rmtree(place)
    say(f"the lake as it is, once more for {len(doubtful)} cases")
    again = _made(place).answers(doubtful)
    oracle.noisy = {key for key in doubtful if base[key] != again[key]}
    shutil.rmtree(oracle.whole.lake)
    shutil.move(folder / "kept", oracle.whole.lake)
    for key in wanted:
        oracle.rests_on[key] = {
            part for part, answers in changed.items() if key not in oracle.noisy and answers[key] != base[key]
        }
    return oracle


def _made(place: Path, change: Callable[[Path], None] = lambda world: None) -> Oracle:
    place.mkdir(parents=True)
    shutil.rmtree(os.environ["STOPGAP_HOME"], ignore_errors=True)  # a key of each lake's own
    whole = make_whole_lake(place, pack_marking="AMBER", change=change)
    extra_files(whole)
    return Oracle(place, whole)


def random_marks(oracle: Oracle, chance: random.Random) -> list[tuple[str, Marking]]:
    """Some subjects of the lake with random levels and economies."""
    whole = oracle.whole
    subjects = [
        *(f"receipt:{whole.receipts[name]}" for name in FILES),
        "source:comtrade", "source:list", "table:trade", "table:declarations", "table:listed",
        *(f"claim:{id}" for id in whole.claims),
        f"alert:{whole.alert}", f"decision:{whole.alert}", f"decision:{whole.decision}", f"finding:{whole.finding}",
    ]  # fmt: skip
    picked = [subject for subject in subjects if chance.random() < 0.35]
    return [(subject, random_marking(chance)) for subject in picked]


def random_marking(chance: random.Random) -> Marking:
    to = None if chance.random() < 0.5 else frozenset(chance.sample(ECONOMIES, chance.randrange(4)))
    return Marking(chance.choice(list(Tlp)), to)


def remark(oracle: Oracle, marks: Sequence[tuple[str, Marking]]) -> None:
    """The lake with these marks alone."""
    shutil.rmtree(oracle.whole.lake / "markings", ignore_errors=True)
    if marks:
        mark(oracle.whole.lake, *marks)


def effective(oracle: Oracle) -> dict[str, Marking]:
    """Part of the lake -> its marking."""
    whole, lake = oracle.whole, oracle.whole.lake
    markings = read_markings(lake)
    receipts = {each.receipt: each for commit in read_log(lake) for each in commit.receipts}
    claims = read_register(lake).claims
    return {
        **{name: markings.of_receipt(receipts[whole.receipts[name]]) for name in FILES},
        f"claim:{whole.claims[1]}": markings.of_claim(claims[whole.claims[1]]),
        f"decision:{whole.alert}": markings.of_decision(whole.alert),
        f"decision:{whole.decision}": markings.of_decision(whole.decision),
        "pack": strictest(pack.marking for pack in read_received(lake)),
        f"finding:{whole.finding}": markings.own(f"finding:{whole.finding}") or CLEAR,
    }


@dataclass(frozen=True)
class Faulty:
    """A label below what the answer rests on, or none, or several."""

    key: Key
    case: str
    form: str
    labels: tuple[str, ...]
    required: str
    marks: tuple[str, ...]


def trials(oracle: Oracle, cases: int, seed: int) -> Iterator[tuple[Key, Case, str, Faulty | None]]:
    """Cases under random marks; those that are quick come more often."""
    chance = random.Random(seed)
    known = oracle.cases()
    keys = [key for key in oracle.rests_on if key not in oracle.noisy]
    weights = [(0.03 + oracle.seconds[key]) ** -1.5 for key in keys]
    for number in range(cases):
        if number % 5 == 0:
            marks = random_marks(oracle, chance)
            remark(oracle, marks)
            parts = effective(oracle)
        # each once before chance decides
        key = keys[number] if number < len(keys) else chance.choices(keys, weights)[0]
        case, form = known[key], chance.choice(known[key].formats)
        done = oracle.run(case, form).done
        required = strictest(parts[part] for part in oracle.rests_on[key])
        labels = set(labels_of(done, form))
        label = next(iter(labels), CLEAR)
        if len(labels) > 1 or strictest([label, required]) != label:
            fault = Faulty(
                key, case.name, form, tuple(sorted(each.label for each in labels)), required.label,
                tuple(f"{subject} {marking.label}" for subject, marking in marks),
            )  # fmt: skip
            yield key, case, form, fault
        else:
            yield key, case, form, None
