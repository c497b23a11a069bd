"""Names of lists for people."""

from __future__ import annotations

import pytest

from stopgap.screening.lists.titles import list_title, own_programmes, publisher_of

SDN = "Specially Designated Nationals (SDN) - Treasury Department"


@pytest.mark.parametrize(
    ("programme", "title"),
    [
        ("Entity List (EL) - Bureau of Industry and Security", "US Entity List, BIS"),
        ("Military End User (MEU) List - Bureau of Industry and Security", "US Military End User (MEU) List, BIS"),
        ("Denied Persons List (DPL) - Bureau of Industry and Security", "US Denied Persons List, BIS"),
        (SDN, "US SDN List, OFAC"),
        ("Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department", "US Menu-Based Sanctions (NS-MBS) List, OFAC"),
        ("Nonproliferation Sanctions (ISN) - State Department", "US Nonproliferation Sanctions, State Department"),
        ("Brand New List (BNL) - Treasury Department", "US Brand New List (BNL), OFAC"),
    ],
)  # fmt: skip
def test_the_parts_of_the_us_list_are_told_apart(programme, title):
    assert list_title("us-csl", (programme, "X-EO1"), "us-csl") == title
    assert own_programmes((programme, "X-EO1")) == ("X-EO1",)


@pytest.mark.parametrize(
    ("name", "source", "title"),
    [
        ("eu-833-2014-IV", "eu-journal", "EU 833/2014, Annex IV"),
        ("eu-269-2014-I.ENTITIES", "eu-journal", "EU 269/2014, Annex I (entities)"),
        ("eu-833-2014", "eu-journal", "EU 833/2014"),
        ("eu-833-2014-IV", "list", "eu-833-2014-IV"),
        ("ofac-sdn", "ofac-csv", "US SDN List, OFAC"),
        ("un", "un-xml", "UN Security Council Consolidated List"),
        ("jp-meti-russia", "jp-meti", "Japan, METI: Russia"),
        ("mine", "list", "mine"),
    ],
)
def test_names_of_other_lists(name, source, title):
    assert list_title(name, (), source) == title


def test_publishers():
    assert [publisher_of(name) for name in ("eu-833-2014-IV", "us-csl", "ofac-sdn", "un", "europe")] == [
        "EU", "US", "US", None, None,
    ]  # fmt: skip
