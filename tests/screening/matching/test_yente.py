"""Requests and responses in yente's shape."""

from __future__ import annotations

import pytest

from stopgap.base.errors import InputError, UsageError
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.results import FeatureScore, Match, ScreenQuery
from stopgap.screening.matching.yente import MOST_QUERIES, feature_docs, match

ENTITY = ListedEntity(
    "E1",
    "made-up",
    "2024-06-01",
    "Company",
    (ListedName("Northwind Trading"), ListedName("Nord", NameKind.WEAK), ListedName("Old Wind", NameKind.PREVIOUS)),
    countries=("RUS", "GRC"),
    addresses=("1 Quay St",),
    identifiers=(Identifier("inn", "7701234567"), Identifier("imo", "9074729"), Identifier("registration", "R1234")),
    programmes=("P1",),
    listed_on="2023-02-03",
)  # fmt: skip


class Recorded:
    """A search that remembers what it was asked, and answers by name."""

    def __init__(self, **scores: float) -> None:
        self.scores = scores
        self.queries: list[ScreenQuery] = []

    def __call__(self, queries, *, limit=5, lists=None):
        self.queries += queries
        self.matches = [
            tuple(
                Match(entity_id, "made-up", "2024-06-01", f"name of {entity_id}", "Nord", NameKind.ALIAS, score, 1,
                      (FeatureScore("words", 0.9, 2.0, "words in common"),), score >= 0.7)
                for entity_id, score in self.scores.items()
            )
            for _ in queries
        ]  # fmt: skip
        return self

    def explained(self, pairs):
        return [match for _, match in pairs]


def asked(search, *, schema="Company", **properties):
    return match({"queries": {"a": {"schema": schema, "properties": properties}}}, search)


def test_properties_become_a_query_with_iso3_codes_and_numbers():
    search = Recorded()
    asked(search, name=["Northwind"], country=["ru"], jurisdiction="gr", innCode=["7701234567"], leiCode="5299 00T8 BM49",
          imoNumber=["IMO 9074729"], address=["1 Quay St", "2 Quay St"], birthDate=["2000"])  # fmt: skip
    assert search.queries == [
        ScreenQuery(
            "Northwind",
            ("GRC", "RUS"),
            (Identifier("inn", "7701234567"), Identifier("lei", "529900T8BM49"), Identifier("imo", "9074729")),
            "1 Quay St",
            "Company",
        )
    ]


def test_each_name_is_looked_up_and_each_entity_answered_once_with_its_best_score():
    search = Recorded(E1=0.8, E2=0.75)
    response = asked(search, name=["One", "Two"], alias=["Two", "Three"])
    assert [query.name for query in search.queries] == ["One", "Two", "Three"]
    results = response["responses"]["a"]["results"]
    assert [each["id"] for each in results] == ["E1", "E2"]
    assert response["responses"]["a"]["total"] == {"value": 2, "relation": "eq"}


def test_a_response_has_the_fields_that_yentes_clients_read():
    response = match(
        {"queries": {"a": {"schema": "Company", "properties": {"name": "Northwind"}}}, "weights": {}},
        Recorded(E1=0.8),
        find_entity=lambda name, entity_id: ENTITY if (name, entity_id) == ("made-up", "E1") else None,
    )
    assert set(response) == {"responses", "matcher", "limit"}
    assert response["limit"] == 5
    answer = response["responses"]["a"]
    assert answer["status"] == 200
    assert answer["query"] == {"id": None, "schema": "Company", "properties": {"name": ["Northwind"]}}
    assert answer["results"] == [
        {
            "id": "E1", "caption": "Northwind Trading", "schema": "Company",
            "properties": {
                "name": ["Northwind Trading"], "weakAlias": ["Nord"], "previousName": ["Old Wind"],
                "country": ["ru", "gr"], "address": ["1 Quay St"], "innCode": ["7701234567"], "imoNumber": ["9074729"],
                "registrationNumber": ["R1234"], "program": ["P1"],
            },
            "datasets": ["made-up"], "referents": [], "target": True, "first_seen": "2023-02-03T00:00:00",
            "last_seen": "2024-06-01T00:00:00", "last_change": None, "score": 0.8, "features": {"words": 0.9},
            "explanations": {"words": {"score": 0.9, "detail": "words in common", "query": None, "candidate": "Nord"}},
            "match": True,
        }
    ]  # fmt: skip


def test_what_is_near_and_no_match_is_given_from_the_cutoff_on():
    near = asked(Recorded(E1=0.5), name=["One"])["responses"]["a"]["results"]
    assert [(each["match"], each["properties"]) for each in near] == [
        (False, {"name": ["name of E1"], "alias": ["Nord"]})
    ]
    assert asked(Recorded(E1=0.05), name=["One"])["responses"]["a"]["results"] == []


def test_a_number_alone_can_be_asked():
    search = Recorded()
    asked(search, schema="Vessel", imoNumber=["9074729"])
    assert [(query.name, query.schema) for query in search.queries] == [("", "Vessel")]


def test_a_name_that_cannot_be_looked_up_is_left_out_beside_another():
    search = Recorded()
    asked(search, name=["😀", "Northwind", "x" * 2000])
    assert [query.name for query in search.queries] == ["Northwind"]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ([], InputError),
        ({}, InputError),
        ({"queries": {}}, InputError),
        ({"queries": ["a"]}, InputError),
        ({"queries": {"a": None}}, InputError),
        ({"queries": {"a": {"properties": {"name": ["x"]}}}}, InputError),
        ({"queries": {"a": {"schema": "Company"}}}, InputError),
        ({"queries": {"a": {"schema": "Company", "properties": {"name": [{"id": "b"}]}}}}, InputError),
        ({"queries": {"a": {"schema": "Company", "properties": {"name": ["😀"]}}}}, InputError),
        ({"queries": {"a": {"schema": "Company", "properties": {}}}}, InputError),
        ({"queries": {"a": {"schema": "Person", "properties": {"name": ["x"]}}}}, UsageError),
        ({"queries": {"a": {"schema": "Company", "properties": {"name": ["x"]}}}, "weights": {"name": 1}}, UsageError),
        ({"queries": {str(number): {} for number in range(MOST_QUERIES + 1)}}, InputError),
    ],
)
def test_other_requests_are_refused_and_nothing_is_looked_up(request_, error):
    search = Recorded()
    with pytest.raises(error) as told:
        match(request_, search)
    assert told.value.fix
    assert not search.queries


def test_an_index_can_be_asked_as_it_is():
    index = NameIndex.build([ENTITY])
    response = match(
        {"queries": {"a": {"schema": "Company", "properties": {"name": ["Northwind Trading LLC"]}}}}, index.searched
    )
    [result] = response["responses"]["a"]["results"]
    assert (result["id"], result["match"]) == ("E1", True)
    assert all(0 <= score <= 1 for score in result["features"].values())
    assert set(result["features"]) <= set(response["matcher"])


def test_every_feature_that_a_search_can_show_is_explained():
    beside = ScreenQuery("Northwind Trading 3", ("RUS", "CHN"), (Identifier("inn", "7701234567"),), "1 Quay St")
    others = [
        beside,
        ScreenQuery("NWT", ("CHN",), (Identifier("inn", "7701234568"),)),
        ScreenQuery("Северный ветер 4 JSC"),
    ]
    found = NameIndex.build([ENTITY]).search(others, explain=True)
    shown = {each.feature for matches in found for one in matches for each in one.features}
    assert {"identifier", "country", "address", "words"} <= shown
    assert shown <= set(feature_docs())
    assert all(set(each) == {"description", "coefficient", "url"} for each in feature_docs().values())
