"""What a match says of what was matched, and how kind and country weigh."""

from __future__ import annotations

import csv
import io

import pytest
from list_files import CSL, CSL_ROW, csv_text, eu_row, eu_whole, plain
from list_lake import load

import stopgap
from stopgap.base.errors import UsageError
from stopgap.lake.query.statement import run_query
from stopgap.screening.decisions.log import decide_on
from stopgap.screening.decisions.request import MatchDecisionRequest
from stopgap.screening.matching.output import COLUMNS, CsvForm, RowAnswer, listing_words
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.rows import AskedRow

EL = "Entity List (EL) - Bureau of Industry and Security"
MEU = "Military End User (MEU) List - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
ACT = eu_whole(
    eu_row(1, "Quantum Gear JSC", startDate="25.2.2023", innCode="7735007358", reason="Makes gears for the army.", schema="LegalEntity",
           address="1 Long Road, Moscow, Russia", programKey="EU-RUS", measure="Export control"),
    eu_row(2, "Severnaya Zvezda", annex="XLII", schema="Vessel", imoNumber="9187629", flag="Cameroon"),
    eu_row(3, "Severnaya Zvezda OOO", schema="Company", country="RU"),
)  # fmt: skip


def us(own, source, name, **more):
    return {"_id": own, **CSL_ROW, "source": source, "alt_names": "", "ids": "", "name": name, **more}


US = csv_text(
    CSL.split(","),
    [
        us("u1", EL, "Quantum Gear, PJSC", addresses="2 Short Road, Moscow, RU", federal_register_notice="81 FR 1",
           license_policy="Presumption of denial", start_date="2016-09-07"),
        us("u2", SDN, "QUANTUM GEAR", ids="RU, 7735007358, Tax ID No.", programs="RUSSIA-EO14024", addresses="RU", type="Entity", start_date=""),
        us("u3", MEU, "Quantum Bearings JSC", addresses="Moscow, RU"),
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("listed")
    load(folder, ACT, "32014R0999.csv", list_date="2026-07-17")
    load(folder, US, "consolidated.csv", list_date="2026-04-21")
    return folder


@pytest.fixture(scope="module")
def lake(folder):
    return stopgap.open(folder / "lake")


def test_one_entity_on_three_lists_is_one_match_with_its_listings(lake):
    [answer] = lake.screen("Quantum Gear JSC", countries=["RUS"])
    found = answer.matches[0]
    assert [(one.list_name, one.entity_id, one.programme, one.listed_on) for one in found.listings] == [
        ("EU 999/2014, Annex IV", "IV/1", "EU-RUS Annex IV: Export control", "2023-02-25"),
        ("US Entity List, BIS", "u1", "", "2016-09-07"),
        ("US SDN List, OFAC", "u2", "RUSSIA-EO14024", None),
    ]
    assert found.match.entity_id == found.listings[0].entity_id == "IV/1"
    assert [each.match.name for each in answer.matches].count("Quantum Gear JSC") == 1
    document = lake.screen("Quantum Gear JSC", countries=["RUS"]).as_dict()["matches"][0]
    assert [one["list_name"] for one in document["listings"]] == [one.list_name for one in found.listings]
    assert [one["list_date"] for one in document["listings"]] == ["2026-07-17", "2026-04-21", "2026-04-21"]


def test_a_match_says_what_it_is_who_lists_it_since_when_and_why(lake):
    match = lake.screen("Quantum Gear JSC").as_dict()["matches"][0]
    told = {name: match[name] for name in ("kind", "kind_basis", "schema", "authority", "act", "annex", "listed_on")}
    assert told == {
        "kind": "company", "kind_basis": "name", "schema": "LegalEntity", "authority": "EU", "act": "999/2014",
        "annex": "IV", "listed_on": "2023-02-25",
    }  # fmt: skip
    assert (match["economies"], match["addresses"]) == (["RUS"], ["1 Long Road, Moscow, Russia"])
    assert (match["identifiers"], match["reason"]) == (
        [{"kind": "inn", "value": "7735007358"}],
        "Makes gears for the army.",
    )
    assert match["listings"][1]["reason"] == "federal register notice: 81 FR 1; license policy: Presumption of denial"


def test_the_query_of_a_match_gives_its_rows(lake, folder):
    match = lake.screen("Quantum Gear JSC").as_dict()["matches"][0]
    table, _ = run_query(folder / "lake", match["rows_query"])
    rows = table.to_pylist()
    assert {row["receipt"] for row in rows} == {match["receipt"]}
    assert "Makes gears for the army." in [row["value"] for row in rows]


def test_csv_has_the_contract_first_and_a_row_a_match(lake):
    [answer] = lake.screen("Quantum Gear JSC", countries=["RUS"])
    form = CsvForm()
    text = form.head() + form.rows([RowAnswer(AskedRow(1, answer.query.name, answer.query), answer)], is_first=True)
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    assert list(rows[0])[:8] == ["row", "query", "entity_id", "list", "name", "matched_name", "score", "rank"]
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == len(answer.matches)
    first = rows[0]
    assert (first["kind"], first["list_name"], first["economy"]) == ("company", "EU 999/2014, Annex IV", "RUS")
    assert (first["identifiers"], first["listings"], first["reason"]) == (
        "inn:7735007358",
        "3",
        "Makes gears for the army.",
    )
    assert first["other_listings"] == (
        "US Entity List, BIS (us-csl u1, listed on 2016-09-07); US SDN List, OFAC (us-csl u2, RUSSIA-EO14024)"
    )


def test_listings_on_lists_that_were_not_asked_are_left_out(lake):
    [answer] = lake.screen("Quantum Gear JSC", countries=["RUS"], lists=["us-csl"])
    assert [one.entity_id for one in answer.matches[0].listings] in (["u1", "u2"], ["u2", "u1"])


def test_a_vessel_is_no_answer_to_a_company_while_a_company_is_near(lake):
    [answer] = lake.screen("Severnaya Zvezda", schema="company")
    assert [(each.listings[0].kind.value, each.match.alerts) for each in answer.matches][:1] == [("company", True)]
    vessels = [each for each in answer.matches if each.listings[0].kind.value == "vessel"]
    assert all(each.match.is_other_kind and not each.match.alerts for each in vessels)
    assert answer.warnings == ()
    [asked] = lake.screen("Severnaya Zvezda", schema="vessel")
    assert (asked.matches[0].listings[0].kind.value, asked.matches[0].match.alerts) == ("vessel", True)
    assert not asked.matches[0].match.is_other_kind


def test_a_legal_form_in_the_name_tells_a_company(lake):
    [plain_name] = lake.screen("Severnaya Zvezda", threshold=0)
    [with_form] = lake.screen("Severnaya Zvezda OOO", threshold=0, explain=True)
    scores = [
        next(each for each in answer.matches if each.match.entity_id == "XLII/2").match
        for answer in (plain_name, with_form)
    ]
    assert [match.is_other_kind for match in scores] == [False, True]
    assert scores[1].score < scores[0].score
    assert [each.weight for each in scores[1].features if each.feature == "kind"] == [-3.0]


def test_a_vessel_alone_is_shown_and_said_to_be_another_kind(tmp_path):
    text = eu_whole(eu_row(1, "Severnaya Zvezda", annex="XLII", schema="Vessel", imoNumber="9187629"))
    load(tmp_path, text, "32014R0999.csv", list_date="2026-07-17")
    query = ScreenQuery("Severnaya Zvezda", schema="firm")
    found = stopgap.open(tmp_path / "lake").screen(query, threshold=0.5)
    [match] = found[0].matches
    assert match.match.is_other_kind
    assert match.match.alerts
    assert "of another kind than what was looked up (vessel)" in found.as_dict()["warnings"][0]


def test_a_country_weighs_for_and_against_and_leaves_nothing_out(lake):
    def of(*countries):
        [answer] = lake.screen("Quantum Gear JSC", countries=countries, threshold=0)
        return {each.match.entity_id: each.match.score for each in answer.matches}

    none, same, other = of(), of("RUS"), of("DEU")
    assert same["IV/1"] > none["IV/1"] > other["IV/1"]
    assert none.keys() == other.keys()


def test_no_such_kind(lake):
    with pytest.raises(UsageError, match="no kind of entity"):
        lake.screen("Quantum Gear", schema="widget")


def test_a_decision_clears_the_alert_when_it_stands_for_every_listing(folder, tmp_path):
    import shutil

    own = shutil.copytree(folder / "lake", tmp_path / "lake")

    def decide(listed, entity):
        request = MatchDecisionRequest(
            query="Quantum Gear JSC", list=listed, entity=entity, decided="false", why="another number"
        )
        decide_on(own, request, who="ann", when="2026-11-24T00:00:00Z")

    def first():
        [answer] = stopgap.open(own).screen("Quantum Gear JSC")
        return answer.matches[0]

    decide("eu-999-2014-IV", "IV/1")
    found = first()
    assert (found.match.alerts, [one.standing is not None for one in found.listings]) == (True, [True, False, False])
    assert "decided: false, standing" in listing_words(found.listings[0])
    decide("us-csl", "u1")
    decide("us-csl", "u2")
    assert not first().match.alerts


def test_a_name_in_a_language_that_no_list_holds_is_warned_of(lake):
    found = lake.screen("T.C. Sanayi ve Teknoloji Bakanlığı")
    assert "of a public body in Turkish" in found.as_dict()["warnings"][0]
    assert found[0].unheld.tongue.language == "Turkish"


def test_a_list_of_ones_own_says_what_it_can(tmp_path):
    load(tmp_path, plain(("A1", "My Own Foe")), list_name="watch")
    [match] = stopgap.open(tmp_path / "lake").screen("My Own Foe").as_dict()["matches"]
    assert (match["list_name"], match["authority"], match["kind"], match["reason"]) == ("watch", None, "entity", None)
    assert (match["listed_on"], match["programme"], len(match["listings"])) == (None, "", 1)
