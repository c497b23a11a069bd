"""Exposure from lines to companies: sums by hand, what is left out, lists, registers, several sources."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from exposure_lake import EPISODE, declare, episode_in, line, stand

from stopgap.base.errors import EpisodeError, InputError, MissingDataError, NotFoundError, UsageError
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query
from stopgap.screening.entities import Identifier, ListedEntity, ListedName
from stopgap.screening.exposure.lookups import ListSearch
from stopgap.screening.exposure.request import ExposureRequest, Party
from stopgap.screening.exposure.results import CompanyExposure, ExposureFinding
from stopgap.screening.exposure.run import Helpers, exposure, exposure_options

ROWS = [
    line(1, invoice_value=100),
    line(2, invoice_value=60, departure_country="TUR", country_of_origin="DEU"),
    line(3, invoice_value=""),
    line(4, invoice_value=40, sender_name="VAGADOTE ELECTRONICS LTD"),
    # an intermediary in a hub: 300 made in the coalition, 50 made in the hub itself, 25 not said
    line(5, sender_name="Lobahari Trading", sender_country="ARE", departure_country="ARE", country_of_origin="USA", invoice_value=300),
    line(6, sender_name="Lobahari Trading", sender_country="ARE", departure_country="ARE", country_of_origin="ARE", invoice_value=50),
    line(7, sender_name="Lobahari Trading", sender_country="ARE", departure_country="ARE", country_of_origin="", invoice_value=25),
    # nobody named as sender; an end user behind the importer
    line(8, sender_name="", consignee_name="АО «Ципеноро»", consignee_tax_number="9100000077", invoice_value=10),
    # before the event, and before the window
    line(9, declaration_date="2021-05-02", invoice_value=1000),
    line(10, declaration_date="2022-02-20", sender_name="Tusekami", invoice_value=7),
    # not of the goods, not long enough to tell, without a code, not bound for the target
    line(11, tariff_code="8541100009", invoice_value=5000),
    line(12, tariff_code="8542", invoice_value=5000),
    line(13, tariff_code="", invoice_value=5000),
    line(14, destination_country="KAZ", invoice_value=5000),
    line(15, destination_country="", receiver_country="RUS", invoice_value=15),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("exposure")
    declare(found, ROWS)
    episode_in(found)
    return found


def exposed(folder: Path, *, helpers: Helpers | None = None, **options: Any) -> ExposureFinding:
    return exposure(
        folder / "lake", str(folder / "episode.yml"), exposure_options(ExposureRequest(**options)), helpers=helpers
    )


def company(finding: ExposureFinding, name: str, party: str = "exporter") -> CompanyExposure:
    [found] = [row for row in finding.companies if row.party == party and name in {s.name for s in row.spellings}]
    return found


def test_the_total_is_the_sum_done_by_hand(folder: Path) -> None:
    total = exposed(folder).total
    assert total.value_usd == pytest.approx(100 + 60 + 40 + 300 + 50 + 25 + 10 + 15)
    assert (total.lines, total.lines_without_value) == (9, 1)
    assert total.routed.through_hubs_usd == 360
    assert total.routed.coalition_made_usd == 360
    assert total.routed.route_unknown_usd == 25
    assert total.routed.share_through_hubs == pytest.approx(360 / 575)


def test_companies_are_ranked_with_what_they_carried(folder: Path) -> None:
    finding = exposed(folder)
    first, second = [row for row in finding.companies if row.party == "exporter"]
    assert (first.name, first.role, first.value_usd, first.rank) == ("Lobahari Trading", "intermediary", 375, 1)
    assert first.routed.share_through_hubs == pytest.approx(300 / 350)
    assert first.share == pytest.approx(375 / 600)
    assert (second.role, second.value_usd, second.lines, second.lines_without_value) == ("supplier", 215, 5, 1)
    assert second.routed.share_through_hubs == pytest.approx(60 / 215)
    assert {name.by for name in second.spellings} == {"itself", "name"}
    assert (second.first_seen, second.last_seen, second.seen_before_event) == ("2021-05-02", "2022-06-15", True)
    assert (first.first_seen, first.seen_before_event) == ("2022-06-15", False)
    assert [(good.good, good.value_usd, good.lines) for good in second.goods] == [("854231", 215, 5)]
    user = company(finding, "АО «Ципеноро»", "consignee")
    assert (user.role, user.value_usd, user.economy) == ("end user", 10, "RUS")
    assert company(finding, "ООО «Лоримена»", "importer").value_usd == 600


def test_parties_add_up_to_the_total(folder: Path) -> None:
    finding = exposed(folder)
    assert [total.party for total in finding.parties] == ["exporter", "importer", "consignee"]
    for total in finding.parties:
        rows = [row for row in finding.companies if row.party == total.party]
        assert sum(row.value_usd for row in rows) == total.companies_usd == total.shown_usd
        assert total.companies_usd + total.without_company_usd == pytest.approx(finding.total.value_usd)
        assert sum(row.lines for row in rows) + total.without_company_lines == finding.total.lines
        assert sum(row.lines_without_value for row in rows) <= finding.total.lines_without_value
    exporters = finding.parties[0]
    assert (exporters.without_company_lines, exporters.without_company_usd) == (1, 10)
    assert exporters.only_outside_window == 1  # Tusekami, in the month of the event


def test_a_limit_shows_fewer_and_counts_all(folder: Path) -> None:
    finding = exposed(folder, limit=1)
    exporters = finding.parties[0]
    assert (exporters.shown, exporters.shown_usd, exporters.companies, exporters.companies_usd) == (1, 375, 2, 590)
    assert len(finding.pairs) == 1


def test_what_is_left_out_is_counted(folder: Path) -> None:
    coverage = exposed(folder).coverage
    assert (coverage.lines_of_other_goods, coverage.lines_with_short_code, coverage.lines_without_good) == (1, 1, 1)
    assert coverage.months == ("2022-06",)
    assert len(coverage.months_missing) == 9
    assert coverage.official.share is None
    assert coverage.official.because


def test_the_queries_give_the_rows_behind_the_figures(folder: Path) -> None:
    finding = exposed(folder)
    senders, buyers, lines = (run_query(folder / "lake", query)[0].to_pylist() for query in finding.queries)
    assert len(lines) == finding.total.lines
    assert sum(row["value_usd"] or 0 for row in lines) == pytest.approx(finding.total.value_usd)
    assert all(row["receipt"] for row in lines)
    for rows in (senders, buyers):
        assert sum(row["value_usd"] or 0 for row in rows) == pytest.approx(finding.total.value_usd)
        assert sum(row["lines_without_value"] for row in rows) == 1


def test_pairs_and_hubs(folder: Path) -> None:
    finding = exposed(folder)
    assert [(pair.exporter_name, pair.value_usd) for pair in finding.pairs] == [
        ("Lobahari Trading", 375), ("Vagadote Electronics Ltd", 215), (None, 10),
    ]  # fmt: skip
    assert finding.pairs[0].goods == ("854231",)
    assert [(hub.hub, hub.value_usd, hub.routed.through_hubs_usd) for hub in finding.hubs] == [
        ("ARE", 375, 300), ("TUR", 60, 60),
    ]  # fmt: skip


def test_the_window_can_be_given(folder: Path) -> None:
    finding = exposed(folder, first="2021-01", last="2021-12")
    assert finding.total.value_usd == 1000
    assert finding.window == ("2021-01", "2021-12")
    assert exposed(folder, first="2021", last="2021").window == ("2021-01", "2021-12")


def test_other_parties_can_be_ranked(folder: Path) -> None:
    finding = exposed(folder, role=["declarant"])
    [total] = finding.parties
    assert total.party == Party.DECLARANT
    assert total.without_company_usd == pytest.approx(finding.total.value_usd)


@pytest.mark.prove_only
def test_the_same_options_give_the_same_id_and_others_another(folder: Path) -> None:
    assert exposed(folder).finding_id == exposed(folder).finding_id
    assert exposed(folder).finding_id != exposed(folder, limit=1).finding_id
    again = dataclasses.replace(exposed(folder), finding_id="").sealed()
    assert again.finding_id == exposed(folder).finding_id


def test_no_list_is_not_no_hit(folder: Path) -> None:
    assert all(row.hits is None for row in exposed(folder).companies)
    entity = ListedEntity(
        "E1", "made-up-list", "2024-01-02", "Company", (ListedName("Lobahari Trade House"),), ("ARE",),
        identifiers=(Identifier("id", "9100000077"),),
    )  # fmt: skip
    search = ListSearch(stand([entity]), (("made-up-list", "2024-01-02"),), lambda query, match: "true")
    finding = exposed(folder, helpers=Helpers(search=search))
    [hit] = company(finding, "Lobahari Trading").hits or ()
    assert (hit.entity_id, hit.list_date, hit.matched_name, hit.decision) == (
        "E1", "2024-01-02", "Lobahari Trade House", "true",
    )  # fmt: skip
    assert company(finding, "АО «Ципеноро»", "consignee").hits  # by its number
    assert company(finding, "Vagadote Electronics Ltd").hits == ()
    assert (finding.screened.hits, finding.screened.companies) == (2, 4)


def test_companies_are_new_only_where_the_register_says(folder: Path, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(
        "identifier,name,founded_on\n9100000001,,2022-04-01\n,АО «ЦИПЕНОРО»,2009-01-31\n,Nobody,2022-05-05\n,Lobahari Trading,\n",
        "utf-8",
    )
    finding = exposed(folder, register=register)
    buyer = company(finding, "ООО «Лоримена»", "importer")
    assert (buyer.founded_on, buyer.founded_by, buyer.newly_founded) == ("2022-04-01", "identifier", True)
    user = company(finding, "АО «Ципеноро»", "consignee")
    assert (user.founded_on, user.founded_by, user.newly_founded) == ("2009-01-31", "name", False)
    seller = company(finding, "Lobahari Trading")
    assert (seller.founded_on, seller.founded_by, seller.newly_founded) == (None, None, None)
    assert any("1 rows of the register" in warning for warning in finding.warnings)


def test_what_exporters_share(tmp_path: Path) -> None:
    address = "7 Example Street, Sample City"
    rows = [
        line(1, sender_name="Vagadote", sender_address=address, receiver_name="K1", receiver_tax_number="9100000011"),
        line(
            2,
            sender_name="Lorimena",
            sender_address=address.upper(),
            receiver_name="K2",
            receiver_tax_number="9100000022",
        ),
        line(3, sender_name="Tusekami", receiver_name="K1", receiver_tax_number="9100000011"),
        line(4, sender_name="Tusekami", receiver_name="K3", receiver_tax_number="9100000033"),
        line(5, sender_name="Vagadote", receiver_name="K3", receiver_tax_number="9100000033"),
    ]
    declare(tmp_path, rows)
    episode_in(tmp_path)
    finding = exposed(tmp_path)
    by_name = {row.name: {other.name: other for other in row.co_shippers} for row in finding.companies}
    assert set(by_name["Vagadote"]) == {"Lorimena", "Tusekami"}
    assert by_name["Lorimena"]["Vagadote"].addresses == 1
    assert by_name["Lorimena"]["Vagadote"].overlap == 0
    shared = by_name["Tusekami"]["Vagadote"]
    assert (shared.customers, shared.overlap, shared.addresses) == (2, 1.0, 0)
    assert by_name["K1"] == {}


@pytest.mark.prove_only
def test_one_source_counts_and_the_others_are_named(tmp_path: Path) -> None:
    declare(tmp_path, [line(1, invoice_value=100)])
    declare(
        tmp_path,
        [line(1, invoice_value=30), line(2, invoice_value=5)],
        name="bills",
        source="vendor",
        document="bill-of-lading",
    )
    episode_in(tmp_path)
    finding = exposed(tmp_path)
    assert finding.total.value_usd == 100
    assert any("vendor (bill-of-lading), 2 lines" in warning for warning in finding.warnings)
    assert exposed(tmp_path, source=["vendor"]).total.value_usd == 35
    assert exposed(tmp_path, source=["vendor", "simulated-customs"]).total.value_usd == 135
    assert exposed(tmp_path, as_of="v1").coverage.services[0].source == "simulated-customs"
    with pytest.raises(MissingDataError, match="nowhere"):
        exposed(tmp_path, source=["nowhere"])


def test_imports_from_the_target_follow_what_was_made_there(tmp_path: Path) -> None:
    rows = [
        line(1, country_of_origin="RUS", departure_country="TUR", sender_country="TUR", destination_country="DEU",
             receiver_country="DEU", invoice_value=70),
        line(2, country_of_origin="", departure_country="RUS", sender_country="RUS", destination_country="DEU",
             receiver_country="DEU", invoice_value=20),
        line(3, country_of_origin="RUS", destination_country="RUS", invoice_value=900),
        line(4, country_of_origin="CHN", destination_country="DEU", receiver_country="DEU", invoice_value=900),
    ]  # fmt: skip
    declare(tmp_path, rows)
    episode_in(tmp_path, EPISODE.replace("exports-to-target", "imports-from-target"))
    finding = exposed(tmp_path)
    assert finding.total.value_usd == 90
    assert finding.total.routed.through_hubs_usd == 70


def test_codes_count_in_the_revision_of_their_year(tmp_path: Path) -> None:
    # 852412 came with HS2022, out of 852990 mostly: a list of today's codes finds yesterday's.
    rows = [line(1, tariff_code="8524120000"), line(2, tariff_code="8529900000", declaration_date="2021-06-01")]
    declare(tmp_path, rows)
    episode_in(tmp_path, goods="852412,Displays\n")
    finding = exposed(tmp_path, first="2021-01", last="2022-12")
    assert finding.total.lines == 2


def test_errors_say_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="in the window"):
        exposed(folder, first="2030-01", last="2030-12")
    with pytest.raises(EpisodeError, match="ends before"):
        exposed(folder, first="2022-12", last="2022-03")
    with pytest.raises(EpisodeError, match="not a window"):
        exposed(folder, first="May")
    with pytest.raises(UsageError, match="no party"):
        exposed(folder, role=["friend"])
    with pytest.raises(UsageError, match="limit"):
        exposed(folder, limit=-1)
    with pytest.raises(NotFoundError):
        exposed(folder, register=tmp_path / "none.csv")
    with pytest.raises(NotFoundError):
        exposed(folder, goods="no-such-list")
    (tmp_path / "page.csv").write_text("<html>busy</html>")
    with pytest.raises(InputError, match="not a CSV"):
        exposed(folder, register=tmp_path / "page.csv")


def test_each_company_is_looked_up_and_other_scripts_as_far_as_there_is_time() -> None:
    from stopgap.screening.exposure.lookups import screen_companies, script_of
    from stopgap.screening.exposure.parties import DeclaredParty, resolve

    rows = [
        DeclaredParty(name, number, "RUS", lines, 1.0)
        for number, lines in (("9100000001", 3), ("9100000022", 2))
        for name in (f"Vagadote {number}", f"VAGADOTE {number}", f"Вагадоте {number}", f"瓦加多特 {number}")
    ]
    companies = list(resolve(rows).companies.values())
    search = ListSearch(stand([]), ())
    counts = [screen_companies(companies, search, because="", most=most)[1].shortened for most in (2, 4, 6, 99)]
    assert counts == [2, 1, 0, 0]
    assert [script_of(name) for name in ("Vagadote", "«Вагадоте»", "瓦加多特", "🚢 7")] == [
        "LATIN",
        "CYRILLIC",
        "CJK",
        "",
    ]


def test_decisions_stand_beside_hits_and_another_company_is_no_hit(tmp_path: Path) -> None:
    from stopgap.intake.importing import import_paths
    from stopgap.screening.decisions.log import decide_on
    from stopgap.screening.decisions.request import MatchDecisionRequest
    from stopgap.screening.exposure.lookups import exposure_helpers

    rows = [line(1), line(2, sender_name="Tusekami Optics", sender_country="ARE")]
    lake = declare(tmp_path, rows)
    episode_in(tmp_path)
    (tmp_path / "mine.csv").write_text(
        "entity_id,name,country\nE1,Vagadote Electronics Ltd,CHN\nE2,Tusekami Optics,ARE\n"
    )
    import_paths(lake, [tmp_path / "mine.csv"], ImportRequest(source="list", list_date="2024-01-02"))
    decide_on(
        lake,
        MatchDecisionRequest(query="Tusekami Optics", list="mine", entity="E2", decided="false", why="another address"),
        who="a",
        when="2024-02-01T00:00:00.000000Z",
    )  # fmt: skip
    finding = exposed(tmp_path, helpers=exposure_helpers(lake, as_of=None, screen=True))
    [hit] = company(finding, "Vagadote Electronics Ltd").hits or ()
    assert (hit.entity_id, hit.list, hit.list_date, hit.decision) == ("E1", "mine", "2024-01-02", None)
    assert hit.listing is not None
    assert (hit.listing.economies, hit.listing.kind, hit.listing.listed_on) == (("CHN",), "company", None)
    [row] = [row for row in finding.company_table().to_pylist() if row["name"] == "Vagadote Electronics Ltd"]
    assert run_query(lake, row["rows_query"])[0].num_rows > 0
    [other] = company(finding, "Tusekami Optics").hits or ()
    assert other.decision == "false"
    assert finding.screened.hits == 1
    assert exposed(tmp_path, helpers=exposure_helpers(lake, as_of=None, screen=False)).screened.because
