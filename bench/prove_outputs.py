"""Hostile texts through every writer, read again by readers that are not Stopgap's.

    python bench/prove_outputs.py [TEXTS] [--seed 1]

Texts are drawn from a grammar (``tests/helpers/hostile_text.py``): HTML, Markdown, terminal sequences, bidi and unseen
characters, formulas with their wide forms, Typst, YAML and JSON, long words, lone surrogates, any character at random.
They go through the writers of lines and tables ten at a time, and in batches of 500 through those of documents (PDF in every fourth).
Nothing may be active (an element, link, formula, token beyond those of the same output with ordinary names), nothing
unseen, no output may fail, and what was written must be readable in it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from hostile_text import hostile
from output_writers import Faults, documents_written, lines_written, texts_within

BATCH = 500
AT_ONCE = 10
PDF_EVERY = 4


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    heading("Hostile texts in outputs", "rich", "jinja2", "typst", "xlsxwriter", "markdown-it-py", "openpyxl", "pypdf")
    chance = random.Random(options.seed)
    began = time.perf_counter()
    texts, outputs = Counter[str](), Counter[str]()
    faults: dict[str, list[str]] = defaultdict(list)

    def note(found: Faults, count: int) -> None:
        for writer, wrong in found.items():
            texts[writer] += texts_within(writer, count)
            outputs[writer] += 1
            faults[writer] += wrong

    done = batches = 0
    while done < options.texts:
        batch = [hostile(chance) for _ in range(min(BATCH, max(options.texts - done, 100)))]
        for start in range(0, len(batch), AT_ONCE):
            texts_of_table = batch[start : start + AT_ONCE]
            note(lines_written(texts_of_table), len(texts_of_table))
        note(documents_written(batch, pdf=batches % PDF_EVERY == 0), len(batch))
        done, batches = done + len(batch), batches + 1
    rows = [(writer, f"{outputs[writer]:,}", f"{texts[writer]:,}", len(faults[writer])) for writer in outputs]
    table(("writer", "outputs", "texts in them", "faults"), rows)
    print(f"\n{done:,} texts, seed {options.seed}; {time.perf_counter() - began:.0f} s\n")
    wrong = [f"{writer}: {each}" for writer, found in faults.items() for each in found]
    for each in wrong[:50]:
        print(f"- {each}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
