"""Goods lists that transcribe public lists. Our own groups are written by hand beside them."""

from __future__ import annotations

from collections.abc import Iterable

from codes_build.common import GOODS_LISTS, INPUT, REFERENCE, read_csv
from codes_build.nomenclature import hs_codes

Item = tuple[str, str, str]
TERMS_EU = "EU law; reuse permitted under Decision 2011/833/EU"
# The transcription writes the heading as eight digits; no subheading 9026 00 exists.
WRITTEN_AS_HEADING = {"90260000": "9026"}
ANNEXES = {
    "VII": (
        "Regulation (EU) 833/2014, Annex VII Part B",
        "Part B alone: Part A lists items by technical description, without codes.",
    ),
    "XI": (
        "Regulation (EU) 833/2014, Annex XI, aviation and space",
        "Parts A to D. Items of which the annex names only a part are so described; a figure for them is an upper bound. Heading 9026, written 9026 00 00 in the source, stands as a heading.",
    ),
    "XXIII": (
        "Regulation (EU) 833/2014, Annex XXIII, goods that strengthen industrial capacity",
        "PARTIAL: Parts B and C are whole; of Part A only the codes from 8109 to 9612 were transcribed, so chapters "
        "before 81 are missing. Chapter 98 (complete industrial plant) is a chapter of the Combined Nomenclature, "
        "not of the HS.",
    ),
}


def build_goods() -> list[str]:
    """Writes chpl-2024-02.yml and the annex lists."""
    chpl = read_csv(REFERENCE / "chpl" / "chpl_2024-02_reconstructed.csv")
    lines = [
        _write(
            "chpl-2024-02",
            {
                "name": "chpl-2024-02",
                "version": "2024-02",
                "title": "Common High Priority List, February 2024",
                "revision": "HS2022",
                "source": "EU, US, UK and Japan, version of 23 February 2024; codes and tiers compared between two "
                "independent transcriptions and the published notice of 50 items",
                "terms": "Public government list",
                "note": "50 HS6 codes in six tiers (group). Wording is the HS nomenclature's, not the list's own. "
                "Codes 854159, 854160, 901420 and 901480 rest on two sources, the others on three or more. Six codes "
                "exist only from HS2022: 852589, 854149, 854151, 854159, 854800, 880730. The entries under unstable are ours.",
            },
            [(row["hs6"], row["tier"], "") for row in chpl],
        )
    ]
    annexes = read_csv(REFERENCE / "eu-833-2014" / "annexes_cons_20230427_transcribed.csv")
    for annex, (title, note) in ANNEXES.items():
        rows = [row for row in annexes if row["annex"] == annex]
        head = {
            "name": f"eu-833-annex-{annex.lower()}",
            "version": "2023-04-27",
            "title": title,
            "revision": "HS2022",
            "source": "Regulation (EU) 833/2014, consolidated version of 27 April 2023, transcribed",
            "terms": TERMS_EU,
            "note": note + " Wording is the HS nomenclature's, not the annex's.",
        }
        if _unstable(code for code, _, _ in _annex_items(rows)):
            head["note"] += " The entries under unstable are ours."
        if annex == "XXIII":
            head["allow_unknown"] = "true"
        lines.append(_write(head["name"], head, _annex_items(rows)))
    return lines


def _annex_items(rows: list[dict[str, str]]) -> Iterable[Item]:
    wording = hs_codes("2022")
    seen: set[str] = set()
    for row in rows:
        code = WRITTEN_AS_HEADING.get(row["cn_code"], row["cn_code"])
        if code in seen:
            print(f"note: annex {row['annex']} {code} stands twice; the first is kept")
            continue
        seen.add(code)
        group = f"{row['annex']}.{row['part'][0]}"
        own = wording.get(code[:6], "Complete industrial plant" if code == "98" else "")
        description = f"Part only of: {own}" if row["ex"] else ("" if code in wording or len(code) == 8 else own)
        yield code, group, description


# A code of HS2022 -> the code of HS2017 that it was cut out of, for those of unstable_codes.csv.
CUT_FROM = {"854141": "854140", "854142": "854140", "854143": "854140", "854149": "854140"}
CUT_FROM |= {"854151": "854150", "854159": "854150"}


def _unstable(codes: Iterable[str]) -> list[dict[str, str]]:
    """Entries of unstable_codes.csv that concern codes of a list."""
    covered = {CUT_FROM.get(code, code) for code in codes}
    return [row for row in read_csv(INPUT / "unstable_codes.csv") if any(row["code"].startswith(c) for c in covered)]


def _write(name: str, head: dict[str, str], items: Iterable[Item]) -> str:
    lines = [f"{key}: {value if key == 'allow_unknown' else _quoted(value)}" for key, value in head.items()]
    lines.append("items:")
    count = 0
    items = list(items)
    for code, group, description in items:
        tail = f", description: {_quoted(description)}" if description else ""
        lines.append(f'  - {{code: "{code}", group: "{group}"{tail}}}')
        count += 1
    if unstable := _unstable(code for code, _, _ in items):
        lines.append("unstable:")
        lines += [
            f'  - {{code: "{row["code"]}", from: {row["from"]}, to: {row["to"]}, reason: {_quoted(row["reason"])}}}'
            for row in unstable
        ]
    path = GOODS_LISTS / f"{name}.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{path.name}: {count} codes"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
