"""Concordances between neighbouring revisions of the Harmonized System.

2012 and 2017: the published value-optimised weights. 2017 and 2022: the UNSD
tables, of which the conversion sheet names one earlier code per later code and
the correlation sheet every pair that shares goods. Overrides and their reasons
stand in codes_input/concordance_overrides.csv.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from codes_build.common import INPUT, REFERENCE, read_csv, write_csv
from codes_build.nomenclature import hs_codes

Row = tuple[str, str, float, str]
# A later code that the table relates to more earlier codes than this is one of
# the headings made in 2022 out of goods from everywhere (display modules,
# electronic waste): the table gives no ground to move a part of each old code there.
WIDE = 50


def build_concordance() -> list[str]:
    """Writes one file per step between neighbouring revisions, in both directions."""
    steps = {
        ("HS2012", "HS2017"): _by_weights("conversion_weights_H4_to_H5.csv", "H4", "H5"),
        ("HS2017", "HS2012"): _by_weights("conversion_weights_H5_to_H4.csv", "H5", "H4"),
    }
    steps["HS2022", "HS2017"], steps["HS2017", "HS2022"] = _by_correlation()
    header = ["good_from", "good_to", "weight", "method"]
    return [
        write_csv(
            f"{source}_to_{target}.csv.gz".lower(),
            header,
            ((good_from, good_to, f"{weight:.10g}", method) for good_from, good_to, weight, method in sorted(step)),
        )
        for (source, target), step in steps.items()
    ]


def _by_weights(name: str, source: str, target: str) -> list[Row]:
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for row in read_csv(REFERENCE / "hs-growthlab" / name):
        # The file keeps every pair inside a group of related codes; a zero means no relation.
        if float(row["weight"]) > 0:
            weights[row[source].zfill(6)][row[target].zfill(6)] = float(row["weight"])
    return list(_named(weights, dict.fromkeys(weights, False), "weights"))


def _by_correlation() -> tuple[list[Row], list[Row]]:
    conversion, correlation = _unsd_tables()
    sources_of: dict[str, set[str]] = defaultdict(set)
    for later, earlier in correlation:
        sources_of[later].add(earlier)
    old_codes = hs_codes("2017")
    wide = {later for later, earlier in sources_of.items() if len(earlier) > WIDE}
    chosen = dict(conversion)
    for row in read_csv(INPUT / "concordance_overrides.csv"):
        later, earlier = row["good_2022"], row["good_2017"]
        if later not in wide or (earlier and earlier not in old_codes):
            raise SystemExit(f"override {later} -> {earlier}: not one of the wide codes, or not a code of HS2017")
        del chosen[later]
        if earlier:
            chosen[later] = earlier
    back = {later: {earlier: 1.0} for later, earlier in chosen.items()}
    unsure = {later: len(sources_of[later]) > 1 for later in back}
    return list(_named(back, unsure, "correlation")), list(_forward(chosen, correlation, wide))


def _forward(chosen: dict[str, str], correlation: Iterable[tuple[str, str]], wide: set[str]) -> Iterable[Row]:
    converted: dict[str, set[str]] = defaultdict(set)
    for later, earlier in chosen.items():
        converted[earlier].add(later)
    related: dict[str, set[str]] = defaultdict(set)
    for later, earlier in correlation:
        if later not in wide or later == earlier:
            related[earlier].add(later)
    ahead: dict[str, dict[str, float]] = {}
    unsure: dict[str, bool] = {}
    later_codes = hs_codes("2022")
    for earlier in sorted(hs_codes("2017")):
        if earlier in later_codes:
            # The table forgets a few codes that stand in both revisions.
            related[earlier].add(earlier)
        targets = {later for later in converted[earlier] if later not in wide or later == earlier}
        targets = targets or converted[earlier] or related[earlier]
        if len(earlier) == 6 and targets:
            ahead[earlier] = {later: 1 / len(targets) for later in targets}
            unsure[earlier] = len(related[earlier] | converted[earlier] | targets) > 1
    return _named(ahead, unsure, "correlation")


def _named(weights: dict[str, dict[str, float]], unsure: dict[str, bool], split_method: str) -> Iterable[Row]:
    sources: dict[str, int] = defaultdict(int)
    for targets in weights.values():
        for target in targets:
            sources[target] += 1
    for source, targets in weights.items():
        total = sum(targets.values())
        for target, weight in targets.items():
            if len(targets) > 1 or unsure[source]:
                method = split_method
            elif sources[target] > 1:
                method = "joined"
            else:
                method = "same" if source == target else "one-to-one"
            yield source, target, weight / total, method


def _unsd_tables() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    import openpyxl

    path = REFERENCE / "hs-concordance" / "HS2022toHS2017ConversionAndCorrelationTables.xlsx"
    book = openpyxl.load_workbook(path, read_only=True)
    tables = []
    for sheet in book.worksheets[:2]:
        cells = ([str(c).strip() for c in row[:2]] for row in sheet.iter_rows(values_only=True))
        tables.append([(pair[0], pair[1]) for pair in cells if pair[0].isdigit()])
    return tables[0], tables[1]
