"""Whether anything gets out of a pack that may not: random graphs of evidence, packed, unpacked, searched and solved.

    python bench/prove_packs.py [--graphs N] [--first SEED] [--intervals EVERY]

For each graph the selection for a random audience becomes a signed pack. Its bytes are unpacked again; they are searched for every
planted name, id, file name, text and value that may not leave; and the figures that are read from them are taken as a system
of equations, which is solved in floating point by singular values. None of this uses the code that selected: markings,
what is protected and what can be computed are worked out here once more, another way.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from pack_judge import Findings, Judge, Unpacked, intervals, needless, searched, solved
from random_graphs import Case, random_case

from stopgap.base.marking import Marking
from stopgap.evidence.archives.writing import write_archive
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.disclosure.graph import Atom
from stopgap.evidence.disclosure.selection import Selection, select
from stopgap.evidence.packs.pack_format import FORMAT, sealed_pack

Select = Callable[[Any, Marking], Selection]


class Key:
    """A key for packs that nobody receives."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.name = "prover"
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        raw = self._key.public_key().public_bytes_raw()
        self.fingerprint = f"sha256:{hashlib.sha256(raw).hexdigest()}"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self._key.sign(message)


def packed(case: Case, selection: Selection, key: Key) -> bytes:
    """The pack of a selection: each item with its text, its rows as CSV, its numbers."""
    graph, goes = case.graph, set(selection.items)
    payload: dict[str, bytes] = {"index.html": b"<!doctype html><title>Evidence</title>"}
    entries = []
    for name in selection.items:
        item, marking = graph.item[name], graph.effective[name]
        stem = f"{marking.tlp.slug}_{case.files[name]}"
        document = {"id": name, "title": item.title, "text": case.texts[name], "marking": marking.as_dict()}
        document["numbers"] = {
            each.id: each.value for each in graph.numbers if each.item == name and each.id in selection.numbers
        }
        document["derived"] = {
            each.id: _ratio([graph.number[part].value for part in each.of])
            for each in graph.derived
            if each.item == name and each.id in selection.derived
        }
        files = {f"items/{stem}": json.dumps(document, sort_keys=True).encode()}
        rows = [atom for atom in graph.atoms if atom.item == name and atom.id in selection.atoms]
        if rows:
            files[f"rows/{stem}.csv"] = _csv(rows, case.names)
        payload |= files
        entries.append(
            {
                "id": name,
                "kind": item.kind,
                "title": item.title,
                "marking": marking.as_dict(),
                "own_marking": item.own.as_dict() if item.own and item.own.fits(case.audience) else None,
                "inputs": [other for other in item.inputs if other in goes],
                "files": sorted(files),
                "release": None,
            }
        )
    evidence = {
        "format": FORMAT, "name": "random", "episode": "random", "as_of": "v1", "made_at": "2026-01-01T00:00:00Z",
        "marking": case.audience.as_dict(), "origin": {"name": key.name, "fingerprint": key.fingerprint},
        "software": {"name": "stopgap", "version": "0", "lock_sha256": "0" * 64},
        "items": entries, "left_out": selection.left_out_summary(), "releases": [],
    }  # fmt: skip
    return write_archive(sealed_pack(payload, evidence, signer=key))


def _csv(rows: Sequence[Atom], names: Mapping[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "company", "contributor", "value"])
    for atom in rows:
        writer.writerow([atom.id, names[atom.id], atom.contributor, "" if atom.value is None else atom.value])
    return text.getvalue().encode()


def _ratio(values: Sequence[float | None]) -> float | None:
    above, below = values
    return above / below if above is not None and below else None


def prove(case: Case, found: Findings, key: Key, choose: Select = select, *, label: str = "") -> Unpacked:
    """Pack, unpack, search and solve one graph."""
    started = time.perf_counter()
    selection = choose(case.graph, case.audience)
    found.seconds["selecting"] += time.perf_counter() - started
    started = time.perf_counter()
    pack = Unpacked.of(packed(case, selection, key))
    found.seconds["packing and unpacking"] += time.perf_counter() - started
    started = time.perf_counter()
    judge = Judge(case)
    for what in [*searched(case, judge, pack, found), *solved(judge, pack, found)]:
        found.faults.append(f"{label}: {what}")
    told = [each for each in selection.numbers_withheld.values() if each == Reason.SUBTRACTION]
    found.counts["withheld for what would follow"] += len(selection.atoms_withheld) + len(told)
    for what in needless(judge, selection, pack):
        found.counts["withheld though nothing would follow"] += 1
        found.needless.append(f"{label}: {what}")
    counted(judge, selection, pack, found)
    found.seconds["searching and solving"] += time.perf_counter() - started
    return pack


def counted(judge: Judge, selection: Selection, pack: Unpacked, found: Findings) -> None:
    """What went, what did not, and how much of what could have gone."""
    graph = judge.case.graph
    found.counts["graphs"] += 1
    found.counts["items"] += len(graph.items)
    found.counts["items kept"] += len(selection.items)
    found.counts["items that may go"] += sum(judge.may(item.id) for item in graph.items)
    found.counts["rows"] += len(graph.atoms)
    found.counts["rows kept"] += len(pack.rows)
    found.counts["rows that may go"] += sum(judge.may(atom.item) for atom in graph.atoms)
    found.counts["numbers"] += len(graph.numbers)
    found.counts["numbers kept"] += len(pack.numbers)
    found.counts["numbers that may go"] += sum(judge.may(each.item) for each in graph.numbers)
    for entry in selection.left_out_summary():
        found.reasons[f"{entry['kind']}: {entry['reason']}"] += int(str(entry["count"]))


def run(seeds: Iterable[int], every: int) -> Findings:
    """Prove many graphs; every so many of them also get intervals."""
    found, key = Findings(), Key()
    for place, seed in enumerate(seeds):
        case = random_case(seed)
        pack = prove(case, found, key, label=f"seed {seed}")
        if every and place % every == 0:
            judge = Judge(case)
            found.widths["nobody's"].extend(intervals(judge, pack))
            for name in sorted({atom.contributor for atom in judge.hidden}):
                found.widths["one contributor's"].extend(intervals(judge, pack, name))
    return found


def report(found: Findings) -> None:
    """Print the tables."""
    counts = found.counts
    table(["", "all", "may go by marking", "went", "share of what may"], [
        [what, counts[what], counts[f"{what} that may go"], counts[f"{what} kept"],
         f"{counts[f'{what} kept'] / max(counts[f'{what} that may go'], 1):.1%}"]
        for what in ("items", "rows", "numbers")
    ])  # fmt: skip
    table(["proof", "count"], [[name, counts[name]] for name in (
        "graphs", "canaries searched", "canaries found", "protected values solved for", "protected values found",
        "pairs of contributors", "cells of two found", "withheld for what would follow",
        "withheld though nothing would follow",
    )])  # fmt: skip
    table(["left out", "count"], sorted(found.reasons.items()))
    table(["seconds", ""], [[name, f"{value:.0f}"] for name, value in found.seconds.items()])
    bounds = (0.1, 0.5, 1.0, np.inf)
    table(["width of a hidden row's interval, of its value, knowing rows of", "below 10 %", "to 50 %", "to 100 %", "above"], [
        [who, *np.diff([0, *(sum(width < bound for width in widths) for bound in bounds[:3]), len(widths)])]
        for who, widths in found.widths.items()
    ])  # fmt: skip
    for fault in found.faults[:20]:
        print(f"LEAK {fault}")


def main() -> None:
    """Read the arguments, prove, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graphs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--intervals", type=int, default=20, metavar="EVERY", help="0 for none")
    options = parser.parse_args()
    heading(f"What may leave: {options.graphs} random graphs", "numpy", "scipy")
    found = run(range(options.first, options.first + options.graphs), options.intervals)
    report(found)
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
