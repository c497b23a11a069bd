"""Whether a page of a pack can say or do what its data do not give, signed by its own trusted maker.

    python bench/prove_pack_pages.py [PAGES] [--packs N] [--first SEED]

The page of a pack is changed: elements, attributes and styles that run or load something, in many spellings, at any place; other
encodings; other beginnings; single bits. A page that another parser finds active must be refused by the check ``active`` alone,
whoever made it; every page must differ from the one that the data give, which the check ``pages`` compares. Then whole packs of which
one thing was changed are signed again by their own trusted key, and verified: a check that fits must fail.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from itertools import islice
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from pack_made import ON, key, open_lake, packed, trust_in
from page_faults import PAGE, changed_packs, does_something, mutated_pages

from stopgap.evidence.active.html import html_faults
from stopgap.evidence.archives.writing import in_order, write_archive
from stopgap.evidence.packs.verify import verify_pack


def pages(page: str, count: int, seed: int) -> int:
    """The table of changed pages; how many were missed."""
    # the fonts inside are nine tenths of a page, and no place where much can differ
    page = re.sub(r"(base64,[A-Za-z0-9+/]{40})[A-Za-z0-9+/]*", r"\1", page)
    assert not list(html_faults(page.encode()))
    tried, active, named, missed = Counter[str](), Counter[str](), Counter[str](), 0
    began = time.perf_counter()
    for kind, changed in islice(mutated_pages(page, random.Random(seed)), count):
        tried[kind] += 1
        is_active, is_named = bool(does_something(changed)), any(True for _ in html_faults(changed))
        active[kind] += is_active
        named[kind] += is_named
        if (is_active and not is_named) or changed == page.encode():
            missed += 1
            print(f"MISSED: {kind}: {does_something(changed)}", file=sys.stderr)
    rows = [(kind, tried[kind], active[kind], named[kind]) for kind in sorted(tried)]
    rows.append(("all", tried.total(), active.total(), named.total()))
    table(("changed page", "cases", "active by another parser", "refused by `active`"), rows)
    took = time.perf_counter() - began
    print(f"{count:,} pages; missed: {missed}; all differ from the page that the data give; {took:.0f} s\n", flush=True)
    return missed


def packs(files: dict[str, bytes], count: int, seed: int, folder: Path) -> int:
    """The table of packs signed again; how many were missed."""
    tried, named, missed = Counter[str](), dict[str, Counter[str]](), 0
    began = time.perf_counter()
    for changed in islice(changed_packs(files, key().private, random.Random(seed)), count):
        path = folder / "p.zip"
        path.write_bytes(write_archive({name: changed.files[name] for name in in_order(changed.files)}))
        found = verify_pack(path, trust_in(key()), on=ON)
        failed = [check.name for check in found.checks if not check.holds and check.ran]
        tried[changed.kind] += 1
        if set(failed) & set(changed.checks):
            named.setdefault(changed.kind, Counter())[failed[0]] += 1
        else:
            missed += 1
            print(f"MISSED: {changed.kind}: {failed}", file=sys.stderr)
    rows = [
        (kind, tried[kind], ", ".join(f"{check} {n:,}" for check, n in sorted(named.get(kind, Counter()).items())))
        for kind in sorted(tried)
    ]
    table(("signed again by its own key, changed in", "packs", "first check that fails"), rows)
    print(f"{count:,} packs; missed: {missed}; {time.perf_counter() - began:.0f} s\n", flush=True)
    return missed


def main() -> None:
    """Run the proof."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", type=int, nargs="?", default=12_000)
    parser.add_argument("--packs", type=int, default=260)
    parser.add_argument("--first", type=int, default=1)
    options = parser.parse_args()
    heading("Pages of packs", "jinja2", "typst", "rocrate")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="prove-pages-") as name:
        folder = Path(name)
        lake = open_lake(folder)
        for parts, count in (((), options.packs), (("brief",), max(1, options.packs // 10))):
            made = packed(lake, folder / "made.zip", parts=parts)
            with zipfile.ZipFile(made.path) as archive:
                files = {each: archive.read(each) for each in archive.namelist()}
            if not parts:
                missed += pages(files[PAGE].decode(), options.pages, options.first)
            missed += packs(files, count, options.first + len(parts), folder)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
