"""Lists in the lake: editions, amendments, days, refusals, and what changed."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_files import EU_WHOLE, FTM, METI, OFAC, UN_XML, csv_text, eu_amending, eu_row, eu_whole, json_lines, plain
from list_lake import ids, load, on_list

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.lake.compacting import compact
from stopgap.lake.lists.editions import StoredEdition, standing_on
from stopgap.lake.query.statement import run_query
from stopgap.lake.withdraw import withdraw
from stopgap.maintenance.upkeep import check_lake, export_lake
from stopgap.screening.entities import Identifier, ListedName, NameKind
from stopgap.screening.lists.entity import show_entity
from stopgap.screening.lists.relations import list_relations
from stopgap.screening.lists.run import (
    changed_entities,
    choose_lists,
    entities_in_force,
    list_states,
    lists_fingerprint,
)

TEN = [(f"A{n}", f"Gadget {n}") for n in range(10)]


def test_a_list_comes_back_as_it_was_printed(tmp_path):
    text = csv_text(
        ["entity_id", "name", "alias", "weak_alias", "schema", "country", "identifier", "listed_on"],
        [{"entity_id": "A1", "name": "Gadget Trading", "alias": "ГАДЖЕТ; Gadget", "weak_alias": "GT", "schema": "Company",
          "country": "RU", "identifier": "inn:7704730655; 9187629; x", "listed_on": "2020-02-02"}],
    )  # fmt: skip
    done = load(tmp_path, text, list_date="2024-06-01", list_name="watch")
    assert (done.rows_read, done.rows_loaded, done.quality) == (1, 1, None)
    [entity] = entities_in_force(tmp_path / "lake")
    assert entity.names == (
        ListedName("Gadget Trading"), ListedName("ГАДЖЕТ", NameKind.ALIAS), ListedName("Gadget", NameKind.ALIAS),
        ListedName("GT", NameKind.WEAK),
    )  # fmt: skip
    assert entity.identifiers == (Identifier("inn", "7704730655"), Identifier("id", "9187629"))
    assert (entity.list, entity.list_date, entity.schema, entity.countries) == ("watch", "2024-06-01", "Company", ("RUS",))  # fmt: skip
    assert (entity.listed_on, entity.delisted_on, entity.receipt) == ("2020-02-02", None, done.receipts[0])
    table, _ = run_query(tmp_path / "lake", "SELECT * EXCLUDE (receipt) FROM listed")
    assert table.to_pylist() == [
        {"entity_id": "A1", "list": "watch", "list_date": dt.date(2024, 6, 1), "schema": "Company", "name": "Gadget Trading",
         "alias": "ГАДЖЕТ; Gadget; GT", "country": "RUS", "identifier": "7704730655; 9187629; x", "programme": None,
         "listed_on": dt.date(2020, 2, 2)}
    ]  # fmt: skip


def test_the_same_bytes_twice_change_nothing(tmp_path):
    first = load(tmp_path, plain(*TEN), list_date="2024-01-01")
    again = load(tmp_path, plain(*TEN), list_date="2024-01-01")
    assert (again.already_loaded, again.vintage, again.lists) == (True, first.vintage, ())


@pytest.fixture(scope="module")
def three_once(tmp_path_factory):
    """Editions of January, February and March; A0 goes in February, A9 comes in March and A1 is renamed."""
    folder = tmp_path_factory.mktemp("three")
    load(folder, plain(*TEN[:9]), list_date="2024-01-10")
    load(folder, plain(*TEN[1:9]), list_date="2024-02-10")
    load(folder, plain(("A1", "New Gadget"), *TEN[2:]), list_date="2024-03-10")
    return folder


class TestSnapshots:
    @pytest.fixture
    def three(self, three_once, tmp_path):
        """A copy of them."""
        return shutil.copytree(three_once, tmp_path, dirs_exist_ok=True)

    def test_each_day_has_its_edition(self, three):
        everyone = {own for own, _ in TEN}
        assert ids(three) == everyone - {"A0"}
        assert ids(three, as_of="2024-01-10") == everyone - {"A9"}
        assert ids(three, as_of="2024-02-09") == everyone - {"A9"}
        assert ids(three, as_of="2024-02-10") == everyone - {"A0", "A9"}
        assert ids(three, as_of="2030-01-01") == everyone - {"A0"}
        assert ids(three, as_of="v2") == everyone - {"A0", "A9"}
        assert ids(three, as_of="v3", on="2024-01-20") == everyone - {"A9"}

    def test_editions_loaded_out_of_order_stand_by_their_days(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-03-10")
        load(tmp_path, plain(*TEN[:2]), list_date="2024-01-10")
        assert len(ids(tmp_path)) == 10
        assert ids(tmp_path, as_of="2024-02-01") == {"A0", "A1"}

    def test_the_state_says_its_day_and_age(self, three):
        [state] = list_states(three / "lake")
        assert (state.list, state.list_date, state.entities, state.vintage) == ("mine", "2024-03-10", 9, "v3")
        assert state.age_days(dt.date(2024, 3, 20)) == 10
        assert state.as_dict(dt.date(2024, 3, 20))["age_days"] == 10
        [earlier] = list_states(three / "lake", "2024-01-31")
        assert (earlier.list_date, earlier.vintage) == ("2024-01-10", "v1")

    def test_what_changed(self, three):
        found = {(one.entity_id, one.change) for one in changed_entities(three / "lake", since="v2")}
        assert found == {("A1", "changed"), ("A9", "added")}
        found = {(one.entity_id, one.change) for one in changed_entities(three / "lake", since="2024-01-10", until="2024-02-15")}  # fmt: skip
        assert found == {("A0", "removed")}
        assert changed_entities(three / "lake", since="v3") == ()

    def test_fingerprints_change_with_the_editions_alone(self, three):
        before = lists_fingerprint(three / "lake")
        assert before == lists_fingerprint(three / "lake", "v3")
        assert before != lists_fingerprint(three / "lake", "v2")
        load(three, plain(*TEN), name="other.csv")
        assert lists_fingerprint(three / "lake") != before

    def test_upkeep(self, three):
        before = ids(three), ids(three, as_of="2024-01-10"), lists_fingerprint(three / "lake")
        compact(three / "lake")
        assert (ids(three), ids(three, as_of="2024-01-10"), lists_fingerprint(three / "lake")) == before
        assert all(check["passed"] for check in check_lake(three / "lake").to_pylist())
        rows = {row["view"]: row["rows"] for row in export_lake(three / "lake", three / "out").to_pylist()}
        assert rows["listed"] == 9

    def test_a_withdrawn_edition_gives_way_to_the_one_before(self, three):
        newest = list_states(three / "lake")[0].receipt
        withdraw(three / "lake", newest, "sent by mistake")
        assert ids(three) == {own for own, _ in TEN[1:9]}
        assert len(ids(three, as_of="v3")) == 9

    def test_an_entity_and_its_history(self, three):
        [shown] = show_entity(three / "lake", "A0")
        assert (shown.in_force, shown.facts) == (False, ())
        assert shown.because == "the edition of 2024-03-10 does not hold it"
        assert [(one.list_date, one.what) for one in shown.history] == [
            ("2024-01-10", "holds"), ("2024-02-10", "does not hold"), ("2024-03-10", "does not hold"),
        ]  # fmt: skip
        [then] = show_entity(three / "lake", "A0", as_of="2024-01-15")
        assert (then.in_force, then.because) == (True, "the edition of 2024-01-10 holds it")
        [before] = show_entity(three / "lake", "A0", as_of="2023-12-31")
        assert before.in_force is None
        with pytest.raises(NotFoundError, match="no list holds an entry 'A99'"):
            show_entity(three / "lake", "A99")


class TestDaysOfListing:
    ROWS = "entity_id,name,listed_on,delisted_on\nA1,Cog,2020-01-01,\nA2,Wheel,2022-05-05,2023-05-05\nA3,Axle,,\nA4,Gear,2030-01-01,\n"

    def test_before_the_first_edition_they_tell(self, tmp_path):
        load(tmp_path, self.ROWS, list_date="2023-01-01")
        assert ids(tmp_path) == {"A1", "A2", "A3", "A4"}
        assert ids(tmp_path, as_of="2019-12-31") == set()
        assert ids(tmp_path, as_of="2020-01-01") == {"A1"}
        assert ids(tmp_path, as_of="2022-05-05") == {"A1", "A2"}
        [state] = list_states(tmp_path / "lake", "2022-06-01")
        assert (state.is_later, state.entities) == (True, 2)

    def test_after_it_the_edition_does(self, tmp_path):
        load(tmp_path, self.ROWS, list_date="2023-01-01")
        assert ids(tmp_path, as_of="2023-05-04") == {"A1", "A2", "A3"}
        assert ids(tmp_path, as_of="2023-05-05") == {"A1", "A3"}
        assert ids(tmp_path, as_of="2030-01-01") == {"A1", "A3", "A4"}

    def test_days_alone_change_who_is_on_the_list(self, tmp_path):
        load(tmp_path, self.ROWS, list_date="2020-06-01")
        lake = tmp_path / "lake"
        found = {(one.entity_id, one.change) for one in changed_entities(lake, since="2022-05-04", until="2023-05-04")}
        assert found == {("A2", "added")}
        found = {(one.entity_id, one.change) for one in changed_entities(lake, since="2023-05-04", until="2030-01-01")}
        assert found == {("A2", "removed"), ("A4", "added")}

    def test_why(self, tmp_path):
        load(tmp_path, self.ROWS, list_date="2023-01-01")
        told = {
            (own, day): (shown.in_force, shown.because)
            for own in ("A1", "A2", "A3")
            for day in ("2019-01-01", "2024-01-01")
            for shown in show_entity(tmp_path / "lake", own, as_of=day)
        }
        assert told["A1", "2019-01-01"] == (False, "the edition of 2023-01-01 says that it was listed on 2020-01-01")
        assert told["A2", "2024-01-01"] == (False, "the edition of 2023-01-01 says that it was taken off on 2023-05-05")
        assert told["A3", "2019-01-01"][0] is None
        assert told["A3", "2024-01-01"] == (True, "the edition of 2023-01-01 holds it")

    def test_a_day_that_is_none(self, tmp_path):
        load(tmp_path, self.ROWS)
        with pytest.raises(InputError, match="neither a vintage nor a day"):
            list_states(tmp_path / "lake", "yesterday")


class TestAmendments:
    BASE = (eu_row(1, "Cog", startDate="12.9.2014"), eu_row(2, "Wheel"), eu_row(1, "Sea Cog", annex="XLII"))

    @pytest.fixture
    def act(self, tmp_path):
        load(tmp_path, eu_whole(*self.BASE), "32014R0999.csv", list_date="2026-07-17")
        return tmp_path

    def test_additions_and_modifications(self, act):
        amending = eu_amending("32026R0005", eu_row(3, "Axle", startDate="24.7.2026"), eu_row(2, "Wheel and Sons", startDate="24.7.2026"))  # fmt: skip
        done = load(act, amending, "32026R0005.csv")
        assert [(one.list, one.entities, one.added, one.changed, one.removed) for one in done.lists] == [("eu-999-2014-IV", 3, 1, 1, 0)]  # fmt: skip
        names = {entity.entity_id: entity.names[0].text for entity in entities_in_force(act / "lake")}
        assert names == {"IV/1": "Cog", "IV/2": "Wheel and Sons", "IV/3": "Axle", "XLII/1": "Sea Cog"}
        assert on_list(act, as_of="2026-07-20") == {("eu-999-2014-IV", "IV/1"), ("eu-999-2014-IV", "IV/2"), ("eu-999-2014-XLII", "XLII/1")}  # fmt: skip
        states = {state.list: state for state in list_states(act / "lake")}
        assert states["eu-999-2014-IV"].list_date == "2026-07-24"
        assert states["eu-999-2014-IV"].amendments == 1

    @pytest.mark.prove_only
    def test_changes_of_an_amendment_are_those_of_all_rows_compared(self, act):
        load(
            act,
            eu_amending("32026R0005", eu_row(3, "Axle"), eu_row(2, "Wheels"), eu_row(1, "Cog", startDate="12.9.2014")),
            "32026R0005.csv",
        )
        found = {(one.list, one.entity_id, one.change) for one in changed_entities(act / "lake", since="v1")}
        assert found == {("eu-999-2014-IV", "IV/3", "added"), ("eu-999-2014-IV", "IV/2", "changed")}
        back = {(one.entity_id, one.change) for one in changed_entities(act / "lake", since="v2", until="v1")}
        assert back == {("IV/3", "removed"), ("IV/2", "changed")}

    def test_they_are_applied_in_the_order_of_their_acts(self, act):
        for number, name in ((9, "Last"), (5, "First"), (7, "Middle")):
            load(act, eu_amending(f"32026R000{number}", eu_row(2, name)), f"32026R000{number}.csv")
        [entity] = entities_in_force(act / "lake", lists=["eu-999-2014-IV"], entity_ids=["IV/2"])
        assert [name.text for name in entity.names] == ["Last"]

    def test_several_in_one_import(self, act):
        files = {
            f"32026R000{n}.csv": eu_amending(f"32026R000{n}", eu_row(2, f"Name {n}"), eu_row(n, "New")) for n in (7, 5)
        }
        load(act, files)
        [entity] = entities_in_force(act / "lake", entity_ids=["IV/2"])
        assert entity.names[0].text == "Name 7"
        assert {"IV/5", "IV/7"} <= ids(act)

    def test_a_newer_whole_act_holds_them(self, act):
        load(act, eu_amending("32026R0005", eu_row(3, "Axle", startDate="24.7.2026")), "32026R0005.csv")
        load(act, eu_whole(*self.BASE, eu_row(4, "Gear")), "new.csv", list_date="2026-09-01")
        assert ids(act, lists=["eu-999-2014-IV"]) == {"IV/1", "IV/2", "IV/4"}

    def test_an_annex_that_is_gone_is_empty(self, act):
        load(act, eu_whole(*self.BASE[:2], eu_row(3, "Axle")), "new.csv", list_date="2026-09-01")
        assert on_list(act, lists=["eu-999-2014-XLII"]) == set()
        assert on_list(act, lists=["eu-999-2014-XLII"], as_of="2026-08-01") != set()

    def test_amendments_of_a_whole_act_without_a_day(self, tmp_path):
        load(tmp_path, eu_whole(*self.BASE), "32014R0999.csv")
        load(tmp_path, eu_amending("32026R0005", eu_row(3, "Axle", startDate="24.7.2026")), "32026R0005.csv")
        assert "IV/3" in ids(tmp_path)

    def test_names_of_families_are_taken(self, act):
        states = list_states(act / "lake")
        assert choose_lists(states, ["eu-999-2014"]) == ("eu-999-2014-IV", "eu-999-2014-XLII")
        assert choose_lists(states, None) is None
        with pytest.raises(NotFoundError, match="no list is called 'eu-1'"):
            choose_lists(states, ["eu-1"])

    def test_removals_in_a_list_of_ones_own(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        load(
            tmp_path,
            "entity_id,name,alias,operation\nA0,,,remove\nA1,,Extra,add\nA2,Renamed,,set\n",
            list_date="2024-02-01",
        )
        found = {
            entity.entity_id: [name.text for name in entity.names] for entity in entities_in_force(tmp_path / "lake")
        }
        assert "A0" not in found
        assert found["A1"] == ["Gadget 1", "Extra"]
        assert found["A2"] == ["Renamed"]
        [shown] = show_entity(tmp_path / "lake", "A0")
        assert [one.what for one in shown.history] == ["holds", "takes off"]


class TestOfacParts:
    def test_the_files_are_one_list(self, tmp_path):
        load(tmp_path, OFAC, list_date="2024-06-01")
        found = {entity.entity_id: entity for entity in entities_in_force(tmp_path / "lake")}
        assert found.keys() == {"36", "40", "41"}
        names = [(name.text, name.kind.value) for name in found["40"].names]
        assert sorted(names, key=lambda pair: pair[1]) == [
            ("GADGET TRADING OOO", "name"), ("OLD GADGET ZAO", "previous"), ("GADGET", "weak"),
        ]  # fmt: skip
        assert found["40"].countries == ("RUS",)
        assert found["36"].addresses == ("Havana, Cuba",)

    @pytest.mark.prove_only
    def test_a_file_that_stayed_the_same_is_part_of_the_next_edition_too(self, tmp_path):
        load(tmp_path, OFAC, list_date="2024-06-01")
        newer = OFAC | {"sdn.csv": OFAC["sdn.csv"].replace('WIDGET AIRLINES"', 'WIDGET AIRWAYS"', 1)}
        load(tmp_path, newer, list_date="2024-06-02")
        for day, name in (("2024-06-01", "WIDGET AIRLINES"), ("2024-06-02", "WIDGET AIRWAYS")):
            [entity] = entities_in_force(tmp_path / "lake", as_of=day, entity_ids=["36"])
            assert [one.text for one in entity.names] == [name, "WIDGET-AIR"]

    def test_aliases_alone_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="aliases, addresses or remarks of the list ofac-sdn and not its entries"):
            load(tmp_path, OFAC["alt.csv"], "alt.csv")

    def test_files_of_different_days_are_told(self, tmp_path):
        more = OFAC | {"alt.csv": OFAC["alt.csv"].replace("\x1a", '99,15,"aka","NOBODY",-0- \r\n\x1a')}
        done = load(tmp_path, more)
        assert "1 entries that are not in the list are left out" in " ".join(done.warnings)
        assert "99" not in ids(tmp_path)


@pytest.mark.prove_only
def test_the_same_bytes_may_be_two_lists(tmp_path):
    load(tmp_path, plain(*TEN), "first.csv")
    second = load(tmp_path, plain(*TEN), "second.csv")
    assert not second.already_loaded
    assert load(tmp_path, plain(*TEN), "second.csv").already_loaded
    load(tmp_path, plain(*TEN), "second.csv", list_name="third")
    assert {name for name, _ in on_list(tmp_path)} == {"first", "second", "third"}
    assert not load(tmp_path, plain(*TEN), "fourth.csv", list_date="2024-01-01").already_loaded
    assert not load(tmp_path, plain(*TEN), "fifth.csv", list_date="2024-01-01").already_loaded


@pytest.mark.prove_only
def test_the_same_bytes_with_another_day_are_the_same_edition(tmp_path):
    load(tmp_path, plain(*TEN))
    load(tmp_path, plain(*TEN), list_date="2024-01-01")
    [state] = list_states(tmp_path / "lake")
    assert (state.list_date, state.entities, state.amendments) == ("2024-01-01", 10, 0)
    assert ids(tmp_path, as_of="2024-01-01") == {own for own, _ in TEN}


class TestRefusals:
    @pytest.mark.one_in(24)
    @pytest.mark.parametrize("keep", [0, 1, 5, 7])
    def test_a_list_that_shrinks_too_much(self, tmp_path, keep):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        before = ids(tmp_path), lists_fingerprint(tmp_path / "lake")
        match = "would fall from 10 entries to|holds no entry"
        with pytest.raises(InputError, match=match):
            load(tmp_path, plain(*TEN[:keep]), list_date="2024-01-02")
        assert (ids(tmp_path), lists_fingerprint(tmp_path / "lake")) == before
        [state] = list_states(tmp_path / "lake")
        assert state.refused is not None
        assert (state.refused.family, state.refused.file, state.list_date) == ("mine", "mine.csv", "2024-01-01")

    def test_eight_of_ten_are_enough(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        load(tmp_path, plain(*TEN[:8]), list_date="2024-01-02")
        assert len(ids(tmp_path)) == 8

    def test_unless_it_is_said_to_be_right(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        load(tmp_path, plain(*TEN[:1]), list_date="2024-01-02", allow_shrink=True)
        assert ids(tmp_path) == {"A0"}

    def test_an_older_edition_is_compared_with_its_own_time(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        load(tmp_path, plain(*TEN[:1]), list_date="2023-01-01")
        with pytest.raises(InputError, match="would fall from 10 entries"):
            load(tmp_path, plain(*TEN[1:2]), list_date="2024-05-01")

    def test_an_annex_that_is_cut_off_is_seen_in_a_large_act(self, tmp_path):
        many = [eu_row(n, f"Gadget {n}") for n in range(200)]
        ships = [eu_row(n, f"Ship {n}", annex="XLII") for n in range(20)]
        load(tmp_path, eu_whole(*many, *ships), "32014R0999.csv", list_date="2024-01-01")
        with pytest.raises(InputError, match="eu-999-2014-XLII would fall from 20 entries to 0"):
            load(tmp_path, eu_whole(*many), "32014R0999.csv", list_date="2024-02-01")

    @pytest.mark.prove_only
    def test_a_refusal_is_forgotten_once_the_list_is_loaded(self, tmp_path):
        load(tmp_path, plain(*TEN), list_date="2024-01-01")
        with pytest.raises(InputError):
            load(tmp_path, plain(*TEN[:1]), list_date="2024-01-02")
        time.sleep(1.1)  # the log and the commits keep seconds
        load(tmp_path, plain(*TEN[:9]), list_date="2024-01-02")
        assert list_states(tmp_path / "lake")[0].refused is None

    @pytest.mark.one_in(12)
    @pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
    @pytest.mark.parametrize("kind", ["plain", "eu", "un", "meti", "ftm", "ofac"])
    def test_a_file_cut_anywhere_leaves_the_list_as_it_was(self, tmp_path, kind, share):
        whole, name = {
            "plain": (plain(*TEN), "mine.csv"),
            "eu": (csv_text(EU_WHOLE, [eu_row(n, f"Gadget {n}") for n in range(30)]), "32014R0999.csv"),
            "un": (UN_XML, "un.xml"),
            "meti": (METI, "meti.txt"),
            "ftm": (json_lines(FTM), "entities.ftm.json"),
            "ofac": (OFAC["sdn.csv"], "sdn.csv"),
        }[kind]  # fmt: skip
        load(tmp_path, whole, name)
        before = lists_fingerprint(tmp_path / "lake")
        content = whole.encode()
        with pytest.raises(InputError):
            load(tmp_path, content[: int(len(content) * share)], name)
        assert lists_fingerprint(tmp_path / "lake") == before

    @pytest.mark.prove_only
    def test_a_last_row_without_its_end_is_refused_where_the_edition_before_had_one(self, tmp_path):
        load(tmp_path, plain(*TEN, end=""), name="never.csv")
        load(tmp_path, plain(*TEN[:9], end=""), name="never.csv")
        load(tmp_path, plain(*TEN), name="always.csv")
        with pytest.raises(InputError, match="has no end, and that of the edition before has"):
            load(tmp_path, plain(*TEN[:9], end=""), name="always.csv")

    def test_two_whole_editions_in_one_import(self, tmp_path):
        with pytest.raises(UsageError, match="are each the whole of the list watch"):
            load(tmp_path, {"a.csv": plain(*TEN), "b.csv": plain(*TEN[:9])}, list_name="watch")

    def test_what_is_no_list_is_not_in_the_log_of_lists(self, tmp_path):
        with pytest.raises(InputError):
            load(tmp_path, "<html>sign in</html>", "x.csv")
        assert not (tmp_path / "lake" / "lists").exists()


def test_ownership_and_context(tmp_path):
    load(tmp_path, json_lines(FTM), "entities.ftm.json")
    assert ids(tmp_path) == {"c1", "v1", "v2"}
    assert {entity.entity_id for entity in entities_in_force(tmp_path / "lake", context=True)} == {
        "c1",
        "c2",
        "v1",
        "v2",
    }
    [owner] = list_relations(tmp_path / "lake", kinds=["owner"])
    assert (owner.entity_id, owner.other, owner.particulars) == ("c2", "c1", {"percentage": "60", "startDate": "2019"})
    [director] = list_relations(tmp_path / "lake", kinds=["director"])
    assert (director.entity_id, director.other) == ("c1", "c2")


def test_an_empty_lake_has_no_lists(tmp_path):
    assert list_states(tmp_path / "lake") == ()
    assert list(entities_in_force(tmp_path / "lake")) == []
    assert lists_fingerprint(tmp_path / "lake") == lists_fingerprint(tmp_path / "other")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_stands_is_the_last_snapshot_up_to_the_day_and_the_amendments_since(data):
    days = st.integers(1, 28).map(lambda day: f"2024-01-{day:02}")
    count = data.draw(st.integers(1, 8))
    editions = []
    for number in range(1, count + 1):
        day, is_delta = data.draw(days), data.draw(st.booleans())
        act = f"A{data.draw(st.integers(1, 9))}" if is_delta else None
        editions.append(StoredEdition("f", f"v{number}", day, day, day, act, is_delta, (f"r{number}",), 1))
    random.Random(0).shuffle(editions)
    on = data.draw(days)
    found = standing_on(editions, on)
    snapshots = sorted((one.day, int(one.vintage[1:]), one) for one in editions if not one.is_delta and one.day <= on)
    if snapshots:
        [standing] = found
        base = snapshots[-1][2]
        assert standing.base == base
        assert not standing.is_later
        assert set(standing.deltas) == {one for one in editions if one.is_delta and base.day <= one.day <= on}
        assert [one.act for one in standing.deltas] == sorted(one.act for one in standing.deltas)
    elif found:
        assert found[0].base is None or found[0].is_later
