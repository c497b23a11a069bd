"""Searching listed names: found across scripts, explained, kept in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.errors import InputError
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.index.name_index import THRESHOLD, NameIndex
from stopgap.screening.matching.results import Match, ScreenQuery


def entity(number: str, *names: str, kinds: tuple[NameKind, ...] = (), **more: object) -> ListedEntity:
    listed = tuple(
        ListedName(name, kinds[place] if kinds else NameKind.NAME if not place else NameKind.ALIAS)
        for place, name in enumerate(names)
    )
    return ListedEntity(number, "made-up", "2026-01-31", "Company", listed, **more)  # type: ignore[arg-type]


ENTITIES = [
    entity("topaz", "JSC Research and Production Enterprise Topazit", countries=("RUS",)),
    entity("krat", "Joint Stock Company Concern Radio-Electronic Appliances Tamarov"),
    entity("murin", "Murinsk Instrument-Making Plant", identifiers=(Identifier("inn", "7700000017"),)),
    entity("sever", "Severlux Shipping Co", "Northern Lux Lines", countries=("ARE",)),
    entity("chen", "Shenzhen Chenxing Electronics Co., Ltd.", "深圳市晨星电子有限公司", countries=("CHN",)),
    entity("weak", "Olbrant Trading House", "Falconara Verdemont Quintessa", kinds=(NameKind.NAME, NameKind.WEAK)),
    entity("ship", "Marivanna", identifiers=(Identifier("imo", "9300001"),)),
    *(entity(f"other{place}", name) for place, name in enumerate([
        "Baltic Machine Works", "Ural Optical Plant", "Tengri Logistics LLC", "General Trading FZE", "Kobalt Systems",
        "Design Bureau Granat", "Shanghai Import Export Company", "Nova Shipmanagement", "Anadolu Makina", "Orion Bank",
    ])),
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(ENTITIES)


def best(index: NameIndex, name: str, **more: object) -> Match | None:
    [found] = index.search([ScreenQuery(name, **more)], explain=True)  # type: ignore[arg-type]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("АО НПП Топазит", "topaz"),
        ("TOPAZITT RESEARCH & PRODUCTION ENTERPRISE", "topaz"),
        ("АО КРЭТ Тамаров", "krat"),
        ("Муринский приборостроительный завод", "murin"),
        ("Murinsk Instrument Making Plannt", "murin"),
        ("晨星电子", "chen"),
        ("Chenxing Electronics Shenzhen", "chen"),
        ("Seve rlux Shipping", "sever"),
        ("Severlux Shippping", "sever"),
    ],
)
def test_a_name_is_found_across_scripts_and_spellings(index: NameIndex, query: str, wanted: str) -> None:
    found = best(index, query)
    assert found is not None
    assert found.entity_id == wanted


def test_scores_are_probabilities_in_the_order_of_the_ranks(index: NameIndex) -> None:
    [found] = index.search([ScreenQuery("Ural Optical and Mechanical Plant")], limit=10)
    assert [match.rank for match in found] == list(range(1, len(found) + 1))
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert all(0 < match.score < 1 for match in found)
    assert len({match.entity_id for match in found}) == len(found)


def test_the_exact_name_scores_highest(index: NameIndex) -> None:
    exact, near = best(index, "Severlux Shipping Co"), best(index, "Severlox Shiping")
    assert exact is not None
    assert near is not None
    assert exact.entity_id == near.entity_id == "sever"
    assert near.score < exact.score < 1
    assert exact.alerts


def test_another_company_of_the_same_trade_does_not_alert(index: NameIndex) -> None:
    for name in ("Pacific Machine Works", "General Shipping", "Anadolu Bank", "Zirconia Holdings", "Granit Systems"):
        found = best(index, name)
        assert found is None or not found.alerts, name


def test_a_weak_alias_never_alerts_alone(index: NameIndex) -> None:
    found = best(index, "Falconara Verdemont Quintessa")
    assert found is not None
    assert (found.entity_id, found.matched_kind) == ("weak", NameKind.WEAK)
    assert found.score >= THRESHOLD
    assert not found.alerts
    strong = best(index, "Olbrant Trading House")
    assert strong is not None
    assert strong.alerts


def test_a_number_in_common_finds_what_the_name_does_not(index: NameIndex) -> None:
    number = (Identifier("inn", "7700000017"),)
    found = best(index, "Quite Another Name", identifiers=number)
    assert found is not None
    assert found.entity_id == "murin"
    assert found.alerts
    assert found.features[0].feature == "identifier"
    assert "7700000017" in found.features[0].says


def test_another_number_of_a_kind_given_once_counts_against(index: NameIndex) -> None:
    alone = best(index, "Murinsk Instrument-Making Plant")
    against = best(index, "Murinsk Instrument-Making Plant", identifiers=(Identifier("inn", "7700000099"),))
    assert alone is not None
    assert against is not None
    assert against.score < alone.score
    assert any(reason.feature == "identifier" and reason.weight < 0 for reason in against.features)


def test_a_vessel_is_found_by_its_imo_number(index: NameIndex) -> None:
    found = best(index, "Renamed Twice", identifiers=(Identifier("imo", "9300001"),), schema="Vessel")
    assert found is not None
    assert found.entity_id == "ship"
    assert found.alerts


def test_countries_move_the_score(index: NameIndex) -> None:
    def score(*countries: str) -> float:
        found = best(index, "Severlux Shiping", countries=countries)
        assert found is not None
        return found.score

    assert score("RUS") < score() < score("ARE")


def test_every_reason_is_told_and_their_weights_make_the_score(index: NameIndex) -> None:
    found = best(index, "Severlux Ship Lines", countries=("ARE",))
    assert found is not None
    assert all(reason.says and 0 <= reason.score <= 1 for reason in found.features)
    assert [abs(reason.weight) for reason in found.features] == sorted(
        (abs(reason.weight) for reason in found.features), reverse=True
    )
    assert any(reason.feature == "country" for reason in found.features)


@pytest.mark.parametrize("name", ["", " ", "🙂", "\u200b", "a", "ООО", "the", "\x00\x01", "‮drazil‬"])
def test_odd_names_have_an_answer(index: NameIndex, name: str) -> None:
    [found] = index.search([ScreenQuery(name)])
    assert all(not match.alerts for match in found)


def test_lists_can_be_chosen(index: NameIndex) -> None:
    [found] = index.search([ScreenQuery("Severlux Shipping Co")], lists=frozenset({"another"}))
    assert found == ()


def test_many_at_once_are_answered_as_one_by_one(index: NameIndex) -> None:
    queries = [ScreenQuery(one.names[0].text) for one in ENTITIES] + [ScreenQuery("")]
    together = index.search(queries)
    assert together == [index.search([query])[0] for query in queries]


def test_an_index_from_its_files_answers_alike(index: NameIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    opened = NameIndex.open(tmp_path / "index")
    queries = [ScreenQuery(name) for name in ("АО НПП Топазит", "Falconara", "Severlux Shipping", "晨星电子", "KRET")]
    assert opened.search(queries, explain=True) == index.search(queries, explain=True)
    assert opened.entities == index.entities


def test_a_damaged_index_is_told(index: NameIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    target = tmp_path / "index" / "names.arrow"
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])
    with pytest.raises(InputError, match="index of names"):
        NameIndex.open(tmp_path / "index")
    with pytest.raises(InputError):
        NameIndex.open(tmp_path / "none")


def test_an_empty_index_finds_nothing() -> None:
    assert NameIndex.build([]).search([ScreenQuery("Vega")]) == [()]


def test_a_short_name_that_is_on_the_list_word_for_word_alerts_unless_its_country_speaks_against_it():
    crowd = [entity(f"crowd{at}", f"Bank {word}") for at, word in enumerate(("Orel", "Sberegatel", "Vostok", "Zapad"))]
    one = NameIndex.build([entity("one", "Sberbank", countries=("RUS",)), entity("initials", "ABC"), *crowd])
    [[first, *_]] = one.search([ScreenQuery("sberbank")], explain=True)
    assert (first.entity_id, first.alerts) == ("one", True)
    assert first.score >= 0.66
    [weight] = [each.weight for each in first.features if each.feature == "same in full"] or [0.0]
    assert weight >= 0.0
    [[abroad, *_]] = one.search([ScreenQuery("Sberbank", countries=("BRA",))])
    assert abroad.score < first.score


def test_the_digits_behind_the_ninth_say_what_both_names_share(index: NameIndex) -> None:
    found = best(index, "Severlux Shippping")
    assert found is not None
    common = index.in_common("Severlux Shippping", found.matched_name)
    assert common > 0
    units = found.score * 1e9
    assert units - int(units) == pytest.approx(common / 1024, abs=1e-5)
