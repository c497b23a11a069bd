"""Writes the labels of claims as offsets and fields, without the words of the texts.

Run by a maintainer who has the labels as they were made (with the words) and the texts:

    python packages/drafting/tools/build_claim_labels.py statements LABELS TEXTS
    python packages/drafting/tools/build_claim_labels.py made-up SET=LABELS...

``statements`` reads ``final-tune-*.jsonl`` and ``final-held-*.jsonl`` in LABELS and writes
``labels/statements``; the words go, what is left may not repeat a sentence. ``made-up`` reads
``claims.jsonl``, ``nonclaims.jsonl``, ``ambiguous.jsonl`` and ``texts/`` of each folder and
writes them to ``labels/made_up``, where the texts are our own; sets that are not named stay as they
are. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

LABELS = Path(__file__).resolve().parents[1] / "labels"
STATEMENTS = LABELS / "statements"
MADE_UP = LABELS / "made_up"
KINDS = ("claims", "nonclaims", "ambiguous")
HALVES = {"tune": "tune", "held": "report"}
PLACE = ("file", "half", "start", "end")
FIELDS = (
    "stance", "speaker", "uttered_by", "office", "chain", "audience", "actor", "action", "target", "goods",
    "period", "degree",
)  # fmt: skip
MOST_WORDS = 10
"""Words of a text that a field may hold in a row: a name, a good, a time, a degree, and no sentence."""
INVENTED = "Made up for the tests of a program. Nobody said or wrote any of this."
REPORTED = {
    "own2": 4,
    "own4": 1,
    "own5": 2,
    "own6": 2,
    "own13": 1,
    "own14": 1,
    "own18": 1,
    "own30": 1,
    "own36": 1,
    "own40": 1,
    "own41": 1,
    "own49": 1,
    "own56": 1,
    "own57": 1,
    "own71": 1,
    "own72": 1,
    "own86": 1,
    "own87": 1,
    "own96": 1,
    "own97": 1,
    "own102": 1,
    "own103": 1,
    "own104": 1,
    "own105": 1,
    "none4": 1,
}
"""Made-up sets of which every so-manieth text by name was never read while tuning."""
# Names of people who hold such offices give way to names of nobody, letter for letter, so that offsets stay.
RENAMED = (
    ("Psaki", "Pasko"), ("Sullivan", "Sallaway"), ("Jean-Pierre", "Jane-Parker"), ("Karine", "Carina"), ("Kirby", "Korby"),
    ("Leavitt", "Leyland"), ("Karoline", "Carolina"), ("Miller", "Morley"), ("Patel", "Pavel"), ("Yellen", "Yarrow"),
    ("Blinken", "Blakely"), ("Biden", "Baden"), ("Trump", "Tramm"), ("Stoltenberg", "Stollenwerk"), ("Mao Ning", "Mao Ling"),
    ("mao-ning", "mao-ling"), ("Wenbin", "Wenlin"), ("Lin Jian", "Lin Jiao"), ("lin-jian", "lin-jiao"), ("Jiakun", "Jialun"),
    ("毛宁", "毛林"), ("Scholz", "Schulz"), ("Tokayev", "Tokarev"), ("Kishida", "Kishine"), ("Starmer", "Starker"),
    ("Adeyemo", "Adeyele"), ("Raimondo", "Raimonda"), ("Daleep", "Dalesh"), ("Pengyu", "Pengfu"), ("Campbell", "Campwell"), ("Rutte", "Ratte"), ("Zelenskyy", "Zelinskyy"), ("林剑", "林健"),
)  # fmt: skip

Row = dict[str, Any]


def rows_in(path: Path) -> list[Row]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def write_rows(path: Path, rows: list[Row]) -> None:
    """One record a line, in order of file and place."""
    ordered = sorted(rows, key=lambda row: (row["file"], row.get("start", 0), row.get("end", 0)))
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in ordered)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def kept(row: Row, kind: str, **more: str) -> Row:
    """A record without the words, its fields in one order."""
    names = (*PLACE, *(("set",) if "set" in more else ()), *(FIELDS if kind == "claims" else ()), "note")
    return {name: {**row, **more}.get(name) for name in names}


def shortened(row: Row) -> Row:
    """Words of time and scale cut to the first few."""
    out = dict(row)
    for name in ("period", "degree"):
        value = out.get(name)
        if isinstance(value, str) and len(value.split()) > MOST_WORDS:
            out[name] = " ".join(value.split()[:MOST_WORDS])
    return out


def words_of(value: object) -> list[str]:
    """Words, small, without marks; a Chinese character is one."""
    return re.findall(r"[\u3400-\u9fff]|[^\W_]+", str(value).lower())


def repeats(row: Row, text: str) -> list[str]:
    """Fields that repeat more than a few words of the text in a row."""
    whole = " " + " ".join(words_of(text)) + " "
    found = []
    for name, value in row.items():
        if name in PLACE:
            continue
        flat = [value] if not isinstance(value, list) else [part for each in value for part in (each.values() if isinstance(each, dict) else [each])]  # fmt: skip
        for part in flat:
            words = words_of(part or "")
            runs = (words[at : at + MOST_WORDS + 1] for at in range(len(words) - MOST_WORDS))
            if any(f" {' '.join(run)} " in whole for run in runs):
                found.append(name)
    return found


def described(name: str, text: str, **more: str) -> Row:
    """A text by its name, its length in characters and the SHA-256 of its characters in UTF-8."""
    return {"file": name, "characters": len(text), "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(), **more}


def marked(path: Path) -> str:
    """A made-up text that says at its end what it is, so that it says so wherever it is found."""
    text = path.read_text("utf-8").rstrip()
    return f"{text}\n<!-- {INVENTED} -->\n" if path.suffix == ".html" else f"{text}\n\n({INVENTED})\n"


def renamed(text: str) -> str:
    """A text in which the names of people who hold office are those of nobody; as long as before."""
    for name, other in RENAMED:
        assert len(name) == len(other)
        for form in (str, str.upper, str.lower):
            text = text.replace(form(name), form(other))
    return text


def checked(row: Row, text: str) -> None:
    """Refuses a span that does not hold the words it was made from, markup and blanks aside.

    Raises:
        SystemExit: It does not.
    """
    span = text[row["start"] : row["end"]]
    if row["file"].endswith(".html"):
        span = html.unescape(re.sub(r"<[^>]*>", "", span))
    if "".join(span.split()) != "".join(row["words"].split()):
        sys.exit(f"{row['file']}: the words of {row['start']}-{row['end']} are not there")


def build_statements(labels: Path, texts: Path) -> None:
    """Writes the labels of the statements.

    Raises:
        SystemExit: A span is off, a text is in both halves, or a field would repeat a sentence.
    """
    paths = {path.name: path for path in sorted(texts.rglob("*")) if path.is_file()}
    halves: dict[str, str] = {}
    for kind in KINDS:
        out = []
        for name, half in HALVES.items():
            for row in rows_in(labels / f"final-{name}-{kind}.jsonl"):
                text = paths[row["file"]].read_text("utf-8")
                checked(row, text)
                if halves.setdefault(row["file"], half) != half:
                    sys.exit(f"{row['file']} is in both halves")
                record = kept(shortened(row), kind, half=half)
                if again := repeats(record, text):
                    sys.exit(f"{row['file']} {row['start']}: {', '.join(again)} repeats the text")
                out.append(record)
        write_rows(STATEMENTS / f"{kind}.jsonl", out)
        print(f"{kind}: {len(out)}")
    write_rows(
        STATEMENTS / "texts.jsonl",
        [described(name, paths[name].read_text("utf-8"), half=half) for name, half in halves.items()],
    )


def build_made_up(folders: dict[str, Path]) -> None:
    """Writes the made-up texts and their labels.

    Raises:
        SystemExit: A span is off, or two sets name a text alike.
    """
    found = {
        kind: [row for row in rows_in(MADE_UP / f"{kind}.jsonl") if row["set"] not in folders]
        for kind in (*KINDS, "texts")
    }
    described_texts = found.pop("texts")
    texts = {row["file"]: (MADE_UP / "texts" / row["file"]).read_text("utf-8") for row in described_texts}
    for name, folder in folders.items():
        files = sorted(path for path in (folder / "texts").iterdir() if path.is_file())
        if again := [path.name for path in files if path.name in texts]:
            sys.exit(f"{again[0]} is in two sets")
        texts |= {renamed(path.name): renamed(marked(path)) for path in files}
        halves = {
            renamed(path.name): "report"
            if name in REPORTED and number % REPORTED[name] == REPORTED[name] - 1
            else "tune"
            for number, path in enumerate(files)
        }
        described_texts += [described(file, texts[file], set=name, half=half) for file, half in halves.items()]
        for kind in KINDS:
            for line in rows_in(folder / f"{kind}.jsonl"):
                row = json.loads(renamed(json.dumps(line, ensure_ascii=False)))
                checked(row, texts[row["file"]])
                found[kind].append(kept(row, kind, set=name, half=halves[row["file"]]))
    target = MADE_UP / "texts"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file, text in texts.items():
        (target / file).write_text(text, encoding="utf-8", newline="\n")
    for kind, rows in found.items():
        write_rows(MADE_UP / f"{kind}.jsonl", rows)
        print(f"{kind}: {len(rows)}")
    write_rows(MADE_UP / "texts.jsonl", described_texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    which = parser.add_subparsers(dest="which", required=True)
    statements = which.add_parser("statements")
    statements.add_argument("labels", type=Path)
    statements.add_argument("texts", type=Path)
    made_up = which.add_parser("made-up")
    made_up.add_argument("sets", nargs="+", metavar="SET=LABELS")
    given = parser.parse_args()
    if given.which == "statements":
        build_statements(given.labels, given.texts)
    else:
        build_made_up({name: Path(folder) for name, _, folder in (each.partition("=") for each in given.sets)})


if __name__ == "__main__":
    main()
