"""Figures on the pages of the six statements, held against sums over the bundled rows."""

from __future__ import annotations

import csv
import gzip
import html
import re
from collections import Counter, defaultdict
from importlib import resources
from pathlib import Path

import pyarrow.parquet as pq
import pypdf
import pytest
from demo_statements import demo_statements

from stopgap.briefs.formats.text import NBSP
from stopgap.demo.claims import EXAMPLES, DemoClaims

DATA = Path(str(resources.files("stopgap.demo"))) / "data"
Sums = dict[tuple[str, str], tuple[float, float]]


@pytest.fixture(scope="module")
def made() -> DemoClaims:
    return demo_statements()[1]


@pytest.fixture(scope="module")
def articles(made: DemoClaims) -> dict[str, str]:
    """The page of each statement, by the name of its example."""
    page = made.pages["html"].read_text("utf-8")
    found = re.findall(r"<article.*?</article>", page, flags=re.S)
    return dict(zip(EXAMPLES, found, strict=True))


@pytest.fixture(scope="module")
def sums() -> Sums:
    """China to Russia by (code, year): US dollars and kilograms."""
    made: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in pq.read_table(DATA / "china-russia-hs6-annual.parquet").to_pylist():
        total = made[str(row["good"]), str(row["period"])[:4]]
        total[0] += float(row["value_reported"] or 0)
        total[1] += float(row["net_kg"] or 0)
    return {key: (value[0], value[1]) for key, value in made.items()}


def table_of(article: str, title: str) -> list[list[str]]:
    """Rows of the table with a caption that begins so."""
    for table in re.findall(r"<table.*?</table>", article, flags=re.S):
        caption = re.search(r"<caption>(.*?)(?:<span|</caption>)", table, flags=re.S)
        if caption and html.unescape(caption[1]).strip().startswith(title):
            rows = re.findall(r"<tr.*?</tr>", table, flags=re.S)
            cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S) for row in rows]
            return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).replace(NBSP, " ") for cell in row] for row in cells]
    raise AssertionError(title)


def millions(sums: Sums, codes: list[str], year: str) -> str:
    return f"{sum(sums.get((code, year), (0.0, 0.0))[0] for code in codes) / 1e6:,.1f}"


def test_machine_tools_of_tier_4b_and_circuits_stand_on_the_page_of_components(
    articles: dict[str, str], sums: Sums
) -> None:
    rows = table_of(articles["miller-components"], "Common High Priority List, February 2024, by group")
    assert rows[0][1:4] == ["2021, value", "2022, value", "2023, value"]
    named = {row[0]: row for row in rows}
    tools = named["Tier 4.B: CNC machine tools and parts"]
    codes = ["845710", "845811", "845891", "845961", "846693"]
    assert (tools[1], tools[3]) == ("83.5", "813.1")
    assert tools[1:4] == [millions(sums, codes, year) for year in ("2021", "2022", "2023")]
    circuits = named["Tier 1: integrated circuits"]
    assert circuits[1:4] == [
        millions(sums, ["854231", "854232", "854233", "854239"], year) for year in ("2021", "2022", "2023")
    ]
    assert float(circuits[3]) < float(circuits[1])
    text = html.unescape(articles["miller-components"]).replace(NBSP, " ")
    assert "CNC machine tools and parts, tier 4.B (USD 83.5 m to USD 813 m)" in text
    assert "integrated circuits, tier 1 (USD 211 m to USD 167 m)" in text


def test_nitrocellulose_and_optics_stand_on_the_page_of_the_three_goods(articles: dict[str, str], sums: Sums) -> None:
    article = articles["blinken-assistance"]
    powder, cellulose = table_of(article, "Narrow list, by code")[1:]
    assert cellulose[0].startswith("391220 Cellulose nitrates")
    assert cellulose[-3:] == ["0", "704", "1,365"]
    assert [f"{sums.get(('391220', year), (0, 0))[1] / 1000:,.0f}" for year in ("2021", "2022", "2023")] == cellulose[
        -3:
    ]
    assert powder[-3:] == ["0", "0", "0"]
    years = {row[0]: row for row in table_of(article, "Reported trade by year")}
    heading = [code for code, _ in sums if "9001" <= code[:4] <= "9015" and code != "901380"]
    codes = sorted(set(heading))
    assert (years["2021"][7], years["2023"][7]) == ("242.8", "545.7")
    assert [years[year][7] for year in ("2021", "2023")] == [millions(sums, codes, year) for year in ("2021", "2023")]


def test_the_page_of_the_warning_counts_the_entries_of_annex_iv(articles: dict[str, str]) -> None:
    with gzip.open(DATA / "eu-833-2014.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["annex"] == "IV"]
    years = Counter(row["startDate"][:4] for row in rows if "CHN" in row["country"].split("; "))
    counted = table_of(articles["yellen-warning"], "Organisations listed")
    mainland = next(row for row in counted if row[0] == "China" and "Annex IV" in row[1])
    assert counted[0][2:] == ["to 8 April 2024", "after it", "2023", "2024", "2025", "2026"]
    assert mainland[4:] == [str(years[year]) for year in ("2023", "2024", "2025", "2026")]
    assert mainland[4] == "0"
    assert int(mainland[2]) + int(mainland[3]) == sum(years.values()) == 51
    beside = [row[0] for row in counted if "(beside)" in row[0]]
    assert set(beside) == {"Hong Kong (beside)"}
    assert "No entry of Macao" in articles["yellen-warning"]
    assert "not a finding of guilt" in articles["yellen-warning"]


def test_each_verdict_is_at_its_layer_and_the_scale_is_the_readers(articles: dict[str, str]) -> None:
    judged = {
        name: (re.search(r"Judged at the layer “([^”]+)”", html.unescape(text)) or [None, None])[1]
        for name, text in articles.items()
    }
    assert judged == {
        "miller-backfill": "Share of the loss",
        "miller-components": "Shipped",
        "blinken-assistance": "Shipped",
        "yellen-warning": "Happened",
        "state-department-confirms": "Shipped",
        "mao-ning-answer": None,
    }
    assert "“at a concerning scale” is no number" in articles["blinken-assistance"]
    assert "3 of 3 parts supported" in articles["blinken-assistance"]
    assert "1 of 2 parts supported" in articles["state-department-confirms"]


def test_comparisons_across_the_break_say_so(articles: dict[str, str]) -> None:
    for name in ("miller-components", "blinken-assistance"):
        text = html.unescape(articles[name])
        assert "The source reconciled both sides' reports" in text
        assert text.count("from 2022 from China's alone") >= 1
        assert "Stated, not tested" in text
        assert "901380" in text


@pytest.mark.prove_only
def test_paper_holds_the_same_figures(made: DemoClaims) -> None:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(made.pages["pdf"]).pages)
    for figure in ("813.1", "83.5", "1,365", "704", "545.7", "242.8", "Not testable", "3 of 3 parts supported"):
        assert figure in text, figure
