"""Models of briefs, made from rounded figures: machinery and electronics to Russia, 2020 to 2024."""

from __future__ import annotations

from dataclasses import replace

from stopgap.briefs.model import BriefModel, HubMonth, MonthlyPoint, RouteLeg, SourceNote, SupplierSeries
from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    Counterfactual,
    Coverage,
    DestinationExcess,
    DoubleDifference,
    Finding,
    GoodResult,
    GroupResult,
    Identity,
    MemberResult,
    MirrorResult,
    SupplierResult,
    Suspended,
)
from stopgap.panel.windows import Windows

VINTAGE = "2026-11-20.3"
HUBS = {"ARE", "ARM", "GEO", "HKG", "KAZ", "KGZ", "TUR", "UZB", "SRB"}
NAMES = {
    "RUS": "Russia", "CHN": "China", "ARE": "UAE", "ARM": "Armenia", "GEO": "Georgia", "HKG": "Hong Kong",
    "KAZ": "Kazakhstan", "KGZ": "Kyrgyzstan", "TUR": "Türkiye", "UZB": "Uzbekistan", "SRB": "Serbia",
    "IND": "India", "MYS": "Malaysia", "THA": "Thailand", "VNM": "Vietnam", "SGP": "Singapore",
    "BRA": "Brazil", "ISR": "Israel", "IDN": "Indonesia", "MEX": "Mexico", "ZAF": "South Africa",
    "PHL": "Philippines", "TJK": "Tajikistan", "EGY": "Egypt", "AZE": "Azerbaijan", "MNG": "Mongolia",
    "MDA": "Moldova", "SAU": "Saudi Arabia", "ARG": "Argentina", "MKD": "North Macedonia", "LKA": "Sri Lanka",
    "TUN": "Tunisia", "OMN": "Oman", "BIH": "Bosnia and Herzegovina", "PAK": "Pakistan", "NGA": "Nigeria",
    "BLR": "Belarus", "IRN": "Iran", "UKR": "Ukraine",
    "DEU": "Germany", "ITA": "Italy", "POL": "Poland", "NLD": "Netherlands", "KOR": "South Korea",
    "JPN": "Japan", "CZE": "Czechia", "USA": "United States", "FRA": "France", "LTU": "Lithuania",
    "FIN": "Finland", "GBR": "United Kingdom", "SWE": "Sweden", "TWN": "Taiwan", "HUN": "Hungary",
    "AUT": "Austria", "EST": "Estonia", "CHE": "Switzerland", "ESP": "Spain", "BEL": "Belgium",
    "ROU": "Romania", "SVK": "Slovakia", "LVA": "Latvia", "DNK": "Denmark", "SVN": "Slovenia",
    "CAN": "Canada", "BGR": "Bulgaria", "NOR": "Norway", "IRL": "Ireland", "AUS": "Australia",
    "LUX": "Luxembourg", "GRC": "Greece", "HRV": "Croatia", "PRT": "Portugal", "NZL": "New Zealand",
    "ISL": "Iceland", "CYP": "Cyprus", "MLT": "Malta",
}  # fmt: skip

# USD million, 2021 and 2023, rounded
SUPPLIERS = {
    "CHN": (28712.9, 42292.6), "ARE": (859.6, 3191.1), "TUR": (1089.7, 3160.3), "KAZ": (251.0, 1786.4),
    "ARM": (27.5, 1238.1), "KGZ": (7.9, 234.7), "UZB": (63.0, 232.4), "SRB": (138.8, 291.3),
    "IND": (785.4, 846.3), "TJK": (3.5, 36.2), "AZE": (4.2, 31.9), "MNG": (2.0, 17.8), "GEO": (10.5, 17.0),
    "MDA": (12.6, 15.3), "LKA": (0.8, 3.5), "TUN": (1.5, 3.4), "OMN": (0.4, 1.5), "BIH": (0.3, 1.4),
    "PAK": (0.036, 1.1), "NGA": (0.0, 0.8), "HKG": (4420.6, 2284.0), "VNM": (1830.8, 195.2),
    "SGP": (306.7, 53.0), "BRA": (155.0, 46.8), "IDN": (125.8, 52.9), "MEX": (63.4, 2.5),
    "MYS": (379.3, 324.9), "ISR": (130.3, 85.2), "PHL": (45.3, 5.3), "ZAF": (49.1, 12.1),
    "EGY": (33.5, 11.9), "THA": (203.3, 184.6), "SAU": (12.7, 3.0), "MKD": (7.7, 1.3), "ARG": (9.1, 5.7),
}  # fmt: skip
MEMBERS = {
    "DEU": (10393.0, 1753.6), "ITA": (3177.8, 1461.7), "POL": (2824.9, 717.3), "NLD": (2377.4, 236.2),
    "KOR": (2133.9, 1575.5), "JPN": (1936.8, 306.4), "CZE": (1914.4, 172.1), "USA": (1634.1, 57.1),
    "FRA": (1629.5, 209.2), "LTU": (1501.2, 333.0), "FIN": (1282.4, 121.7), "GBR": (1224.0, 19.0),
    "SWE": (1004.2, 30.6), "TWN": (786.8, 412.0), "HUN": (694.6, 114.4), "AUT": (684.7, 259.0),
    "EST": (560.9, 229.0), "CHE": (524.5, 93.4), "ESP": (450.3, 91.7), "BEL": (449.4, 49.7),
    "ROU": (419.3, 39.5), "SVK": (397.6, 103.8), "LVA": (383.4, 106.7), "DNK": (372.2, 18.2),
    "SVN": (231.7, 232.1), "CAN": (194.8, 8.1), "BGR": (158.2, 62.4), "NOR": (107.1, 16.2),
    "IRL": (65.3, 3.0), "AUS": (49.0, 0.4), "LUX": (32.4, 0.04), "GRC": (32.3, 18.7), "HRV": (28.5, 10.4),
    "PRT": (28.0, 6.8), "NZL": (11.0, 0.0), "ISL": (4.1, 0.0), "CYP": (1.2, 0.02), "MLT": (0.6, 0.1),
}  # fmt: skip
NOT_EU = {"KOR", "JPN", "USA", "GBR", "TWN", "CHE", "CAN", "NOR", "AUS", "NZL", "ISL"}


def kind_of(before: float, after: float) -> str:
    if after <= before:
        return "fell"
    return "entrant" if before < 0.01 else "intensified"


def finding_of(
    suppliers: dict[str, tuple[float, float]], members: dict[str, tuple[float, float]], **changes: object
) -> Finding:
    """A finding on one composite good, by the arithmetic of docs/methods/backfill.md; inputs in USD million."""
    before, after = (sum(pair[i] for pair in members.values()) * 1e6 for i in (0, 1))
    loss = before - after
    positive = max(loss, 0.0)
    rises = sum(max(b - a, 0.0) for a, b in suppliers.values()) * 1e6
    signed = sum(b - a for a, b in suppliers.values()) * 1e6
    filled = min(positive, rises)
    scale = filled / rises if rises else 0.0
    defined = loss > 0
    results = sorted(
        (
            SupplierResult(
                supplier=code,
                baseline_usd=a * 1e6,
                after_usd=b * 1e6,
                gain_usd=(b - a) * 1e6,
                share_of_loss=(b - a) * 1e6 / loss if defined else None,
                kind=kind_of(a, b),
                is_hub=code in HUBS,
                filled_same_good_usd=max(b - a, 0.0) * 1e6 * scale,
            )
            for code, (a, b) in suppliers.items()
        ),
        key=lambda row: -row.gain_usd,
    )
    eu = [pair for code, pair in members.items() if code not in NOT_EU]
    finding = Finding(
        episode="russia-2022",
        target="RUS",
        direction="exports-to-target",
        goods="machinery-electronics",
        goods_version="2026-11:9f2c41d0",
        as_of=VINTAGE,
        valuation="FOB",
        frequency="A",
        windows=Windows(("2021-01", "2021-12"), ("2023-01", "2023-12")),
        suspended=Suspended(before, after, loss, loss / before if before else None),
        backfill=Backfill(signed / loss if defined else None, defined=defined),
        identity=Identity(positive, filled, 0.0, positive - filled, rises - filled),
        suppliers=tuple(results),
        members=tuple(
            MemberResult(code, a * 1e6, b * 1e6, (b - a) * 1e6)
            for code, (a, b) in sorted(members.items(), key=lambda item: item[1][1] - item[1][0])
        ),
        member_groups=(
            GroupResult(
                "eu27",
                len(eu),
                sum(a for a, _ in eu) * 1e6,
                sum(b for _, b in eu) * 1e6,
                sum(b - a for a, b in eu) * 1e6,
            ),
        ),
        by_good=(
            GoodResult(
                good="84+85",
                description="Machinery and electronics, one published sum",
                baseline_usd=before,
                after_usd=after,
                loss_usd=loss,
                gain_usd=signed,
                filled_same_good_usd=filled,
                filled_same_heading_usd=0.0,
                unfilled_usd=positive - filled,
                overfill_usd=rises - filled,
                top_supplier=results[0].supplier if results else None,
            ),
        ),
        by_group=(),
        concentration=Concentration(0.1886, 0.6012),
        mirror=MirrorResult("CIF", 41872.4e6, None, ("2022", "2023", "2024")),
        coverage=Coverage(
            share_of_baseline_reported=0.962,
            missing_reporters=("BLR", "IRN", "UKR"),
            missing_periods=("ARE 2024", "VNM 2024"),
            goods_listed=2,
            goods_found=1,
            level="composite",
            revision="H6",
            sources=("comtrade-pairs",),
        ),
        warnings=(
            "the loss has no interval: annual figures need 5 baseline years and 7 in all, and there are 1 and 2",
        ),
        counterfactual=Counterfactual(None, "the lake has no trade of suppliers with other destinations"),
        queries=("SELECT 1",),
    )
    return replace(finding, **changes).sealed()  # type: ignore[arg-type]


PLACEBOS = {  # log excess, and its standard deviation by chance
    "SAU": (0.32, 0.15), "RUS": (0.34, 0.18), "IND": (0.30, 0.16), "MEX": (0.17, 0.16), "VNM": (0.05, 0.17),
    "BRA": (0.0, 0.14), "THA": (-0.03, 0.15), "EGY": (-0.08, 0.16), "PHL": (-0.2, 0.17), "ISR": (-0.34, 0.13),
}  # fmt: skip


def counterfactual(finding: Finding, net_usd: float, **changes: object) -> Counterfactual:
    """Net figures on ten destinations; the double difference lies within the interval."""
    observed = sum(row.after_usd for row in finding.suppliers) - 1.5e6
    made = Counterfactual(
        method="triple difference",
        net_usd=net_usd,
        observed_usd=observed,
        expected_usd=observed + 1.5e6 - net_usd,
        entrants_usd=1.5e6,
        excess=0.34,
        ordinary_excess=0.05,
        ordinary_band=0.2,
        ordinary_goods=77,
        double_difference=DoubleDifference(0.49, (0.02, 0.8)),
        placebo_targets=tuple(code for code in PLACEBOS if code != "RUS"),
        spread=(0.0, 0.06),
        placebo_excess=tuple(DestinationExcess(code, *pair) for code, pair in PLACEBOS.items()),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def netted(finding: Finding, *, ci95: tuple[float, float] | None = (-0.0447, 0.9298), **changes: object) -> Finding:
    """The finding with net gains of nine tenths of the gross ones; that of Nigeria has no interval, of Oman nothing."""
    suppliers = tuple(
        row
        if row.supplier == "OMN"
        else replace(
            row,
            net_gain_usd=row.gain_usd * 0.9,
            ci95=None
            if row.supplier == "NGA"
            else (row.gain_usd * 0.9 - 0.4 * row.after_usd, row.gain_usd * 0.9 + 0.2 * row.after_usd),
        )
        for row in finding.suppliers
    )
    net_usd = sum(row.net_gain_usd or 0.0 for row in suppliers)
    backfill = replace(
        finding.backfill, net_ratio=net_usd / finding.suspended.loss_usd, net_ci95=ci95, placebo_rank=(2, len(PLACEBOS))
    )
    found = counterfactual(finding, net_usd)
    made = replace(finding, suppliers=suppliers, backfill=backfill, counterfactual=found)
    return replace(made, **changes).sealed()  # type: ignore[arg-type]


def gross() -> Finding:
    """Machinery and electronics without a counterfactual."""
    return finding_of(SUPPLIERS, MEMBERS)


def headline() -> Finding:
    """The same with net figures; the net ratio's interval holds 0, the loss has none."""
    return netted(gross())


def chips() -> Finding:
    return finding_of(
        {"CHN": (231.0, 521.0), "HKG": (58.0, 187.0), "TUR": (4.1, 61.3), "MYS": (89.0, 41.0), "KAZ": (0.0, 12.4)},
        {"TWN": (402.0, 9.0), "DEU": (181.0, 3.1), "USA": (265.0, 4.4), "KOR": (152.0, 3.8)},
        goods="chips",
        goods_version="2026-11:1c77ab02",
    )


def undefined() -> Finding:
    """The coalition sold more, so there is no loss to fill."""
    return finding_of({"CHN": (10.0, 12.0), "TUR": (3.0, 1.0)}, {"DEU": (5.0, 9.0), "USA": (1.0, 1.5)})


def by_goods() -> Finding:
    """A finding on four goods; in one the coalition sold more, so the positive loss exceeds the signed one."""
    rows = (
        ("854231", "Processors and controllers", 610.0, 22.0, 402.0, 402.0, 31.0, 155.0, 0.0, "CHN"),
        ("854232", "Memories", 188.0, 6.0, 240.0, 182.0, 0.0, 0.0, 58.0, "HKG"),
        ("880730", "Parts of aeroplanes | helicopters", 96.0, 1.0, 4.1, 4.1, 0.0, 90.9, 0.0, "TUR"),
        ("901310", "Telescopic sights", 3.0, 4.5, 0.02, 0.0, 0.0, 0.0, 0.02, None),
    )
    goods = tuple(
        GoodResult(
            c, d, a * 1e6, b * 1e6, (a - b) * 1e6, g * 1e6, f6 * 1e6, f4 * 1e6, u * 1e6, o * 1e6, top,
            loss_share=(a - b) / a,
            loss_ci95=None if top is None else ((a - b) / a - 0.1, (a - b) / a + 0.01),
            net_gain_usd=None if top is None else g * 0.8e6,
            net_ci95=None if top is None else (-0.2e6, g * 1.1e6),
        )
        for c, d, a, b, g, f6, f4, u, o, top in rows
    )  # fmt: skip
    finding = finding_of(
        {"CHN": (500.0, 880.0), "HKG": (120.0, 350.0), "TUR": (0.0, 42.0), "MYS": (60.0, 54.0)},
        {"TWN": (500.0, 20.0), "DEU": (397.0, 13.5)},
        goods="microelectronics",
        by_good=goods,
        identity=Identity(865.0e6, 588.1e6, 31.0e6, 245.9e6, 58.02e6),
    )
    suspended = replace(finding.suspended, ci95=(0.91, 0.98))
    return netted(finding, ci95=(0.31, 0.88), suspended=suspended)


SERIES = {
    "EU27": ("EU27", "member-group", (29019, 31096, 13082, 6381, 3701)),
    "OTHERS": ("Other members", "member-group", (6873, 8607, 3772, 2490, 1292)),
    "CHN": ("China", "supplier", (20887, 28713, 30212, 42293, 43239)),
    "ARE": ("UAE", "hub", (179, 860, 2037, 3191, None)),
    "TUR": ("Türkiye", "hub", (819, 1090, 2190, 3160, 2304)),
    "HKG": ("Hong Kong", "hub", (3242, 4421, 2073, 2284, 1188)),
    "KAZ": ("Kazakhstan", "hub", (204, 251, 1665, 1786, 1633)),
    "ARM": ("Armenia", "hub", (22, 27, 643, 1238, 1192)),
    "IND": ("India", "other", (565, 785, 452, 846, 1538)),
    "KGZ": ("Kyrgyzstan", "hub", (8, 8, 85, 235, 208)),
    "UZB": ("Uzbekistan", "hub", (52, 63, 191, 232, 113)),
    "BLR": ("Belarus", "other", (1956, 2436, None, None, None)),
}
LEGS = {  # into the hub 2021 and 2023, out of it 2021 and 2023, into the hub 2023 as it records it itself
    "ARE": (20475, 26945, 860, 3191, 30706), "TUR": (30220, 40551, 1090, 3160, 38049),
    "HKG": (124518, 105270, 4421, 2284, 128704), "KAZ": (2591, 5680, 251, 1786, 5383),
    "ARM": (235, 710, 27.5, 1238, 491), "SRB": (5739, 6631, 139, 291, 4422),
    "KGZ": (105, 995, 7.9, 235, 366), "UZB": (1489, 2231, 63, 232, 2286), "GEO": (475, 845, 10.5, 17, 762),
}  # fmt: skip
MONTHLY = {
    "RUS": (950, (815, 195, 229, 413, 542, 179, 150, 141, 141, 136)),
    "KAZ": (62, (94, 107, 123, 94, 111, 156, 196, 208, 190, 193)),
    "BLR": (68, (55, 23, 13, 29, 12, 11.5, 11.3, 13.2, 13.8, 27.2)),
    "ARM": (4.1, (5.3, 10.2, 11.9, 17.4, 18.4, 33.9, 25.2, 43.4, 39.1, 45.5)),
    "UZB": (20, (35.6, 19.7, 19.8, 12.9, 35.4, 51.3, 29.7, 29.1, 24.4, 32.7)),
    "GEO": (10, (12.3, 11.9, 24.1, 14.7, 18.2, 19.3, 22.3, 25.8, 26.9, 38.1)),
    "KGZ": (1.8, (2.5, 3.4, 3.3, 4.3, 7.9, 9.6, 14.9, 20.8, 24.8, 30.3)),
}
WOBBLE = (0.92, 1.04, 1.1, 0.9, 0.97, 1.02, 1.08, 0.94, 1.01, 0.99, 1.05, 0.98)


def monthly_points() -> tuple[MonthlyPoint, ...]:
    points = []
    for code, (level, after) in MONTHLY.items():
        values = [level * WOBBLE[i % 12] * (0.93 if i < 12 else 1.0) for i in range(25)] + list(after)
        for i, value in enumerate(values):
            month = f"{2020 + i // 12}-{i % 12 + 1:02d}"
            # one month that was not reported, to see that the line breaks
            usd = None if (code, month) == ("UZB", "2021-03") else value * 1e6
            points.append(MonthlyPoint(month, code, NAMES[code], code == "RUS", usd))
    return tuple(points)


def hub_months() -> tuple[HubMonth, ...]:
    imports = (7, 6, 8, 11, 14, 22, 31, 38, 35, 47, 52, 61, 40, 33, 42, 46, 51, 48, 55, 49, 44, 41, 52, 58, 30, 24)
    exports = (0, 0, 0.2, 3.1, 7.8, 16, 24, 31, 30, 41, 44, 55, 34, 29, 36, 41, 45, 43, 47, 44, 38, 36, 46, 51, 26, 20)
    months = [f"{2022 + i // 12}-{i % 12 + 1:02d}" for i in range(26)]
    return tuple(
        HubMonth(month, i * 1e6, e * 1e6, (e * 1.06 + 0.3) * 1e6)
        for month, i, e in zip(months, imports, exports, strict=True)
    )


def model(**changes: object) -> BriefModel:
    """The brief on machinery and electronics to Russia; `changes` replace fields."""
    made = BriefModel(
        title="Machinery and electronics to Russia",
        episode_name="russia-2022",
        episode_title="Export controls on Russia after the full-scale invasion",
        target="RUS",
        target_name="Russia",
        event="2022-02",
        direction="exports-to-target",
        headline=headline(),
        others=(chips(),),
        names=NAMES,
        goods_titles={
            "machinery-electronics": "Machinery and electronics (HS 84 and 85)",
            "chips": "Chips (16 HS6 codes)",
            "microelectronics": "Microelectronics",
        },
        series=tuple(
            SupplierSeries(str(2020 + i), code, name, role, None if v is None else v * 1e6)  # type: ignore[arg-type]
            for code, (name, role, values) in SERIES.items()
            for i, v in enumerate(values)
        ),
        series_label="machinery-electronics (version 2026-11:9f2c41d0), exporters’ reports, FOB, UN Comtrade, annual",
        legs=tuple(
            RouteLeg(code, NAMES[code], *(v * 1e6 for v in values)) for code, values in LEGS.items()
        ),
        legs_label="machinery-electronics (version 2026-11:9f2c41d0), exporters’ reports, FOB, 2021 and 2023, UN Comtrade",
        monthly=monthly_points(),
        monthly_label="EU27 exports, HS 84 and 85 codes of the EU export annexes, exporters’ reports, FOB, Eurostat",
        monthly_unit="USD, converted from euro at monthly average rates",
        hub_case=hub_months(),
        hub_case_label="HS 851713, smartphones, Armenia’s reports: imports CIF, exports FOB, UN Comtrade, monthly",
        hub_name="Armenia",
        hub_good="smartphones",
        caveats=(
            "Belarus, Iran and Ukraine did not report the after-window and are in neither window.",
            "One published sum stands for all goods: gains in one good can hide losses in another.",
            "The United Arab Emirates have not reported 2024.",
        ),
        sources=(
            SourceNote(
                "comtrade-pairs", "UN Comtrade, annual bilateral trade, HS 84 and 85 summed",
                "UN Comtrade re-dissemination terms", "2026-04-01", None,
                "sha256:6b1f0d8a53c94f2c8a1e7d60b9f3a2c4", "2026-11-20.1", 33640,
            ),
            SourceNote(
                "eurostat-cn8", "Eurostat, EU27 exports by CN8, monthly", "Reuse with acknowledgement",
                "2023-01-20", "2023-01-16", "sha256:0d93b7715c7e4410a5a0f1a7f3de55c1", "2026-11-20.3", 1141670,
            ),
        ),
        reproduce=(
            ("Headline and figure 1", "stopgap measure russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12"),
            ("Rows behind figure 2", "SELECT period, reporter, value_usd FROM trade\nWHERE partner = 'RUS' AND good = '84+85' AND flow = 'X' AND frequency = 'A'\nORDER BY reporter, period"),
        ),
        as_of=VINTAGE,
        made_with="stopgap 0.1.0",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def bare() -> BriefModel:
    """A brief without any optional part."""
    return model(
        headline=gross(), others=(), series=(), legs=(), monthly=(), hub_case=(), caveats=(), sources=(), reproduce=()
    )


def imports() -> BriefModel:
    """Trade suspended in the other direction: buyers backfill."""
    finding = netted(
        finding_of(
            {"CHN": (22000.0, 41000.0), "IND": (4100.0, 30400.0), "TUR": (7100.0, 15300.0)},
            {"DEU": (24100.0, 1900.0), "POL": (13000.0, 900.0), "JPN": (8100.0, 6900.0)},
            direction="imports-from-target",
            goods="energy",
            report="importer",
            valuation="CIF",
            episode="russia-2022-energy",
        ),
        ci95=(0.9, 1.7),
    )
    return model(
        title="Energy from Russia",
        episode_name="russia-2022-energy",
        episode_title="Embargoes on Russian energy",
        direction="imports-from-target",
        headline=finding,
        others=(),
        goods_titles={"energy": "Mineral fuels (HS 27)"},
        hub_case=(),
        monthly=(),
    )
