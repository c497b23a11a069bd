"""The four files: complete, the same twice, safe with hostile text, open to readers."""

from __future__ import annotations

import html
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import brief_fixture as fixture
import openpyxl
import pypdf
import pytest

from stopgap.base.errors import UsageError
from stopgap.briefs.formats import xlsx
from stopgap.briefs.formats.text import NBSP, usd_millions
from stopgap.briefs.model import BriefModel, SupplierSeries
from stopgap.briefs.render import render, render_all

FORMATS = ("html", "pdf", "xlsx", "md")
HOSTILE = {
    "CHN": "<script>alert(1)</script>",
    "ARE": "\u202eevil\u202c مصر",
    "TUR": "=HYPERLINK(\"http://x.example\")",
    "KAZ": "🛰 中国 | a`b *c* [d](e) $f$",
    "ARM": "#panic() \\ \"quoted\" 'single' ]]> &amp; " + "Long" * 60,
    "KGZ": "@SUM(A1)\nsecond line\x00\x07",
    "RUS": "<b>Target</b> & co",
}  # fmt: skip
VARIANTS: dict[str, Callable[[], BriefModel]] = {
    "full": fixture.model,
    "bare": fixture.bare,
    "imports": fixture.imports,
    "undefined": lambda: fixture.model(headline=fixture.undefined(), others=(fixture.undefined(),)),
    "goods": lambda: fixture.model(headline=fixture.by_goods()),
    "nobody": lambda: fixture.model(headline=fixture.finding_of({}, {"DEU": (3.0, 1.0)}), names={}),
}


def hostile_model() -> BriefModel:
    names = {**fixture.NAMES, **HOSTILE}
    model = fixture.model()
    return fixture.model(
        names=names,
        title="<script>title</script>",
        target_name=HOSTILE["RUS"],
        goods_titles={"machinery-electronics": "</title><img src=x onerror=alert(1)>", "chips": "=1+1"},
        caveats=("<script>alert(2)</script>", "=cmd|' /C calc'!A0", "- not a list\n# not a heading"),
        series=(*model.series, *(SupplierSeries(p, "XXX", HOSTILE["KAZ"], "other", 4e9) for p in ("2021", "2023"))),
        legs=tuple(replace(leg, hub_name=names[leg.hub]) for leg in model.legs),
        monthly=tuple(replace(point, partner_name=names[point.partner]) for point in model.monthly),
        reproduce=(("<script>", "```\n</pre><script>alert(3)</script>\n```"),),
        sources=(replace(model.sources[0], title="+1", terms="a|b", receipt="@x"),),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    directory = tmp_path_factory.mktemp("briefs")
    found = {name: render_all(build(), directory, name) for name, build in VARIANTS.items()}
    return {**found, "hostile": render_all(hostile_model(), directory, "hostile")}


def read(path: Path) -> str:
    """All text of a file, with ordinary spaces."""
    if path.suffix == ".pdf":
        found = "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    elif path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, data_only=True)
        found = "\n".join(
            str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c is not None
        )
    else:
        found = path.read_text(encoding="utf-8")
    return html.unescape(found).replace(NBSP, " ")


@pytest.mark.prove_only
def test_the_same_model_gives_the_same_bytes(tmp_path: Path, made: dict[str, dict[str, Path]]) -> None:
    again = render_all(fixture.model(), tmp_path, "again")
    for form in FORMATS:
        assert again[form].read_bytes() == made["full"][form].read_bytes(), form


@pytest.mark.prove_only
def test_one_file_is_the_same_as_one_of_the_set(tmp_path: Path, made: dict[str, dict[str, Path]]) -> None:
    for form in FORMATS:
        path = render(fixture.model(), tmp_path / "deeper" / f"one.{form}")
        assert path.read_bytes() == made["full"][form].read_bytes(), form


@pytest.mark.parametrize("name", ["brief.docx", "brief", "brief.ipynb"])
def test_another_suffix_is_refused_with_the_four_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        render(fixture.model(), tmp_path / name)
    assert all(f".{form}" in caught.value.fix for form in FORMATS)
    assert not (tmp_path / name).exists()


def cells_of(path: Path) -> str:
    """All text of a page with the cells of its tables side by side."""
    text = re.sub(r"</t[hd]><t[hd][^>]*>", " ", read(path)).replace(" | ", " ")
    return re.sub(r"\s+", " ", re.sub(r'<span class="nb">|</span>|\\', "", text))


@pytest.mark.parametrize("form", ["html", "pdf", "md"])
def test_fifteen_suppliers_and_members_are_in_the_table_and_the_rest_in_one_line(
    made: dict[str, dict[str, Path]], form: str
) -> None:
    text = cells_of(made["full"][form])
    finding = fixture.headline()
    suppliers = sorted(finding.suppliers, key=lambda row: (-row.gain_usd, row.supplier))
    members = sorted(finding.members, key=lambda row: (row.change_usd, row.supplier))
    for row in suppliers[:15]:
        figures = " ".join(usd_millions(value) for value in (row.baseline_usd, row.after_usd, row.gain_usd))
        kind = f"{row.kind}, hub" if row.is_hub else row.kind
        want = f"{fixture.NAMES[row.supplier]} {row.supplier} {kind} {figures}"
        assert want in text, want
    for member in members[:15]:
        figures = " ".join(usd_millions(v) for v in (member.baseline_usd, member.after_usd, member.change_usd))
        assert f"{fixture.NAMES[member.supplier]} {member.supplier} {figures}" in text
    left = members[15:]
    sums = (sum(getattr(row, name) for row in left) for name in ("baseline_usd", "after_usd", "change_usd"))
    dash = "– " if form == "md" else ""  # in the others the name spans the column of codes
    assert f"{len(left)} more members, together {dash}{' '.join(map(usd_millions, sums))}" in text
    assert f"{len(suppliers) - 15} more suppliers, together" in text
    assert "Pakistan" not in text  # the nineteenth gain


def test_the_workbook_holds_every_supplier_to_the_dollar(made: dict[str, dict[str, Path]]) -> None:
    sheet = openpyxl.load_workbook(made["full"]["xlsx"], data_only=True)["Suppliers"]
    rows = {row[1]: row for row in sheet.iter_rows(min_row=5, values_only=True)}
    for row in fixture.headline().suppliers:
        shown = rows[row.supplier]
        assert shown[3:6] == pytest.approx((row.baseline_usd, row.after_usd, row.gain_usd))
        assert shown[6] == pytest.approx(row.share_of_loss)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_leads_with_the_net_ratio_and_says_what_is_gross(
    made: dict[str, dict[str, Path]], form: str
) -> None:
    text = re.sub(r"[\s\\]+", " ", read(made["full"][form]))
    assert (
        "Other suppliers sold USD 15.2 bn beyond what they would have sold anyway, 49 % of the same USD 30.8 bn (95 % interval "
        "−4 to 93 %), an excess by which Russia ranks 2nd of 10 destinations." in text
    )
    assert "Suppliers that sold more filled USD 21.4 bn, 70 % of the USD 30.8 bn that the coalition sold less." in text
    assert "Amounts are gross where they are not called net" in text
    assert "The interval of the net ratio includes 0" in text
    assert "triple difference" in text
    assert "Without ordinary goods (double difference)" in text
    bare = re.sub(r"[\s\\]+", " ", read(made["bare"][form]))
    assert bare.count("All figures are gross") == 1
    assert "the lake has no trade of suppliers with other destinations" in bare
    assert "beyond what they would have sold" not in bare
    for word in ("2026-11:9f2c41d0", "2026-11-20.3", fixture.headline().finding_id, "exporters’ reports"):
        assert word in text


class _Elements(HTMLParser):
    """Elements of a page with their attributes, as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_html_needs_nothing_else(made: dict[str, dict[str, Path]]) -> None:
    for files in made.values():
        page = files["html"].read_text(encoding="utf-8")
        elements = _Elements(page).found
        assert not {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for tag, attributes in elements:
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "action")], tag
            assert all(not re.match(r"\s*(https?:)?//", value or "") for value in attributes.values()), attributes
            assert attributes.get("href", "#main").startswith("#")  # type: ignore[union-attr]
        assert not re.search(r"url\((?!data:font/woff2|#)|@import", page)
        assert len(page.encode()) < 1_500_000
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:" in page


def test_html_has_landmarks_headings_and_tables_that_can_be_read_aloud(made: dict[str, dict[str, Path]]) -> None:
    page = made["full"]["html"].read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert '<a class="skip" href="#main">' in page
    assert '<main id="main">' in page
    assert page.count("<caption>") == page.count("<table") > 5
    assert page.count("<th scope=") > 100
    # each picture twice, for wide and for narrow screens, each with title and description
    assert page.count('role="img"') == page.count("<desc") == 16
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(target.split()) <= set(ids)


def test_pdf_is_tagged_titled_and_speaks_english(made: dict[str, dict[str, Path]]) -> None:
    reader = pypdf.PdfReader(made["full"]["pdf"])
    assert reader.metadata is not None
    assert reader.metadata.title == "Machinery and electronics to Russia"
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in root
    assert reader.metadata.creation_date is None
    assert 4 <= len(reader.pages) <= 11
    assert "USD 13.6 bn (44" in _alternates(reader).replace(NBSP, " ")


def _alternates(reader: pypdf.PdfReader) -> str:
    """Alternate texts of the figures."""
    found = []
    for i in range(1, len(reader.xref[0]) + 1):
        item = reader.get_object(i)
        if isinstance(item, pypdf.generic.DictionaryObject) and "/Alt" in item:
            found.append(str(item["/Alt"]))
    return "\n".join(found)


def test_workbook_has_live_tables_and_formulas_only_of_ours(made: dict[str, dict[str, Path]]) -> None:
    book = openpyxl.load_workbook(made["hostile"]["xlsx"])
    names = set(book.sheetnames)
    assert {
        "Headline",
        "Suppliers",
        "Members",
        "Series",
        "Routes",
        "Monthly",
        "Hub case",
        "Sources",
        "Reproduce",
    } <= names
    assert "Coverage & caveats" in names
    ours = re.compile(
        r"=(SUM\(\w+![A-Z]\d+:[A-Z]\d+\)|[A-Z]\d+[-/]([A-Z]\d+|loss_usd)|SUBTOTAL\(109,[A-Z]\d+:[A-Z]\d+\))"
    )
    formulas = 0
    for sheet in book:
        if sheet.title != "Headline":
            assert len(sheet.tables) == 1, sheet.title
            assert sheet.freeze_panes is not None
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    formulas += 1
                    assert ours.fullmatch(cell.value), cell.value
                elif isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    assert cell.quotePrefix, cell.value
    assert formulas > 70
    assert len(book["Headline"]._charts) == 1
    heads = [[c.name for c in table.tableColumns] for sheet in book for table in sheet.tables.values()]
    assert all(len({name.casefold() for name in names}) == len(names) for names in heads)


def test_values_kept_with_formulas_are_those_of_the_finding(made: dict[str, dict[str, Path]]) -> None:
    finding = fixture.headline()
    sheet = openpyxl.load_workbook(made["full"]["xlsx"], data_only=True)["Headline"]
    shown = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if isinstance(row[1], int | float)}
    assert shown["Loss, signed"] == pytest.approx(finding.suspended.loss_usd)
    assert shown["Not filled"] == pytest.approx(finding.identity.unfilled_usd)
    assert shown["Gross ratio: gross change of others by signed loss"] == pytest.approx(finding.backfill.gross_ratio)


def test_file_dates_come_from_the_vintage() -> None:
    assert xlsx.made_on("2026-11-20.3").isoformat() == "2026-11-20T00:00:00"
    assert xlsx.made_on("v7 of 2026-13-40").year == 2000


def test_hostile_text_stays_text(made: dict[str, dict[str, Path]]) -> None:
    files = made["hostile"]
    page = files["html"].read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "\x00" not in page
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        ElementTree.fromstring(svg)
    lines = files["md"].read_text(encoding="utf-8").split("\n")
    assert not any(re.match(r"# not a heading", line) for line in lines)
    assert any(r"\<script\>alert(1)\</script\>" in line for line in lines)
    for i, line in enumerate(lines):
        if line.startswith(("| ---", "| ---:")):
            columns = line.count("|")
            for row in lines[i - 1 :]:
                if not row.startswith("|"):
                    break
                assert len(re.findall(r"(?<!\\)\|", row)) == columns, row
    assert HOSTILE["TUR"] in read(files["xlsx"])
    paper = read(files["pdf"])
    assert "alert(1)" in paper
    assert "characters that the typeface of this PDF lacks are set as □" in re.sub(r"\s+", " ", paper)


@pytest.mark.prove_only
def test_a_part_without_data_is_left_out_and_says_what_it_needs(made: dict[str, dict[str, Path]]) -> None:
    for form in FORMATS:
        text = re.sub(r"\s+", " ", read(made["bare"][form]))
        for start in (
            "Trade by year is left out",
            "Routes are left out",
            "Trade by month is left out",
            "One hub closely is left out",
        ):
            assert start in text, (form, start)
        assert "is left out" not in re.sub(r"\s+", " ", read(made["full"][form]))


@pytest.mark.parametrize("form", FORMATS)
def test_imports_from_the_target_have_buyers_in_every_format(made: dict[str, dict[str, Path]], form: str) -> None:
    text = read(made["imports"][form])
    assert "buyers" in text
    assert "taken up" in text.lower()
    said = re.sub(r"data:font/woff2;base64,[^)]*|supplier_?s?_table|[Ss]uppliers![A-Z]", "", text)
    assert not re.search(r"\bsuppliers?\b|\bsold\b|\bfilled\b", said.replace("Suppliers", ""))


@pytest.mark.prove_only
@pytest.mark.parametrize("variant", ["undefined", "nobody"])
def test_an_undefined_ratio_is_said_and_not_a_number(made: dict[str, dict[str, Path]], variant: str) -> None:
    for form in FORMATS:
        text = read(made[variant][form])
        assert not re.search(r"\bnan\b|\bNone\b|#DIV", re.sub(r"base64,[^)]*|'none'", "", text))
    if variant == "undefined":
        assert "not defined" in read(made[variant]["md"])


def test_goods_have_a_table_where_there_is_more_than_one(made: dict[str, dict[str, Path]]) -> None:
    assert "Parts of aeroplanes \\| helicopters" in made["goods"]["md"].read_text(encoding="utf-8")
    assert "Loss by good" not in read(made["full"]["md"])
    book = openpyxl.load_workbook(io.BytesIO(made["goods"]["xlsx"].read_bytes()))
    assert book["Goods"].max_row >= 8


@pytest.mark.parametrize("form", ["html", "pdf", "md"])
def test_every_net_change_stands_beside_its_interval(made: dict[str, dict[str, Path]], form: str) -> None:
    text = cells_of(made["full"][form])
    shown = sorted(fixture.headline().suppliers, key=lambda row: (-row.gain_usd, row.supplier))[:15]
    for row in shown:
        net = "n/a" if row.net_gain_usd is None else usd_millions(row.net_gain_usd)
        ends = "n/a" if row.ci95 is None else " to ".join(usd_millions(end) for end in row.ci95)
        assert f"{net} {ends}" in text, row.supplier


def test_the_workbook_has_both_ends_of_every_interval_as_numbers(made: dict[str, dict[str, Path]]) -> None:
    finding = fixture.headline()
    book = openpyxl.load_workbook(made["full"]["xlsx"], data_only=True)
    sheet = book["Suppliers"]
    heads = [cell.value for cell in sheet[4]]
    assert heads[8:] == ["Net change USD", "95 % interval, low USD", "95 % interval, high USD"]
    rows = {row[1]: row for row in sheet.iter_rows(min_row=5, values_only=True)}
    for row in finding.suppliers:
        want = ("n/a",) if row.net_gain_usd is None else (pytest.approx(row.net_gain_usd),)
        ends = ("n/a", "n/a") if row.ci95 is None else tuple(map(pytest.approx, row.ci95))
        assert rows[row.supplier][8:] == (*want, *ends)
    total = [cell.value for cell in sheet[sheet.max_row]]
    assert total[8] == pytest.approx(finding.counterfactual.net_usd)
    assert total[9:] == [None, None]  # ends of intervals do not add up
    found = {row[0]: row for row in book["Counterfactual"].iter_rows(min_row=5, values_only=True)}
    assert found["Net ratio"][1:4] == pytest.approx((finding.backfill.net_ratio, -0.0447, 0.9298))
    assert found["Double difference"][1:4] == pytest.approx((0.49, 0.02, 0.8))
    assert found["Net change"][1] == pytest.approx(finding.counterfactual.net_usd)
    assert found["Rank of Russia among destinations"][1] == "2 of 10"
    assert book["Placebos"].max_row == 4 + 10
    front = {row[0]: row[1] for row in book["Headline"].iter_rows(values_only=True)}
    assert front["Net ratio: net change by signed loss"] == pytest.approx(finding.backfill.net_ratio)
    assert front["Net ratio, 95 % interval, low"] == pytest.approx(-0.0447)


def test_a_workbook_without_a_counterfactual_says_why(made: dict[str, dict[str, Path]]) -> None:
    book = openpyxl.load_workbook(made["bare"]["xlsx"], data_only=True)
    front = {row[0]: row for row in book["Headline"].iter_rows(values_only=True)}
    assert front["Net ratio"][1] == "not defined"
    assert "No net figure can be had" in front["Net ratio"][2]
    assert {"Net", "Placebos"}.isdisjoint(book.sheetnames)


def test_each_good_has_its_loss_and_its_net_change_with_intervals(made: dict[str, dict[str, Path]]) -> None:
    text = made["goods"]["md"].read_text(encoding="utf-8").replace(NBSP, " ").replace("\\", "")
    assert "| 854231 | Processors and controllers | 588.0 | 96 % | 86 to 97 % | 402.0 | 321.6 | −0.2 to 442.2 |" in text
    assert "| 901310 | Telescopic sights | −1.5 | −50 % | n/a | 0.020 | n/a | n/a |" in text
    sheet = openpyxl.load_workbook(made["goods"]["xlsx"], data_only=True)["Intervals by good"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert rows["854232"][4:6] == pytest.approx((182 / 188 - 0.1, 182 / 188 + 0.01))
