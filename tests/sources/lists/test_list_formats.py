"""Each format of a list: what is printed arrives, under the right word, and nothing else does."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from list_files import (
    CSL,
    CSL_ROW,
    FTM,
    METI,
    OFAC,
    SDN_XML,
    UN_XML,
    csv_text,
    eu_amending,
    eu_row,
    eu_whole,
    ftm_line,
    json_lines,
    uk_list,
)

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.sources.base import Staging, Told
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

Read = Callable[..., Staging]


@pytest.fixture
def read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Read:
    """Stages a list from text or bytes."""

    def staged(content: str | bytes, name: str, *, mapping: str | None = None, **told: str) -> Staging:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        con.execute("DROP VIEW IF EXISTS staged; DROP TABLE IF EXISTS facts")
        chosen = load_mapping(mapping) if mapping else None
        return read_file(con, path, mapping=chosen, told=Told(**told))

    return staged


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection) -> Callable[[str], set[tuple[str, str | None, str | None]]]:
    """Facts of an entry, remarks left out."""

    def of(entity_id: str) -> set[tuple[str, str | None, str | None]]:
        found = con.execute(
            "SELECT property, value, detail FROM staged WHERE entity_id = ? AND property <> 'remark'", [entity_id]
        ).fetchall()
        return set(found)

    return of


def edition(con: duckdb.DuckDBPyConnection) -> tuple[str, str | None, str, str]:
    """Family, day, operation and number of entries of what was staged."""
    [row] = con.execute(
        "SELECT family, list_date::VARCHAR, operation, value FROM staged WHERE property = 'edition'"
    ).fetchall()
    return row


def schemas(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = con.execute("SELECT DISTINCT entity_id, schema FROM staged WHERE schema IS NOT NULL").fetchall()
    return dict(rows)


class TestPlain:
    def test_all_columns(self, con, read, facts):
        text = csv_text(
            ["entity_id", "name", "alias", "weak_alias", "previous_name", "schema", "country", "address", "identifier", "programme", "listed_on", "delisted_on"],
            [{"entity_id": "A1", "name": "  Gadget   Trading; LLC ", "alias": "Gadget; ГАДЖЕТ", "weak_alias": "GT",
              "previous_name": "Old Gadget", "schema": "Company", "country": "RU; Atlantis", "address": "1 St, Moscow, Russia",
              "identifier": "inn:7704730655; 12345", "programme": "own", "listed_on": "2024-06-01", "delisted_on": "06/07/2025"}],
        )  # fmt: skip
        done = read(text, "My watch list.csv")
        assert edition(con) == ("my-watch-list", None, "snapshot", "1")
        assert (done.source, done.rows_read, done.rows_staged) == ("list", 1, 1)
        assert facts("A1") == {
            ("name", "Gadget Trading; LLC", None), ("alias", "Gadget", None), ("alias", "ГАДЖЕТ", None),
            ("weak_alias", "GT", None), ("previous_name", "Old Gadget", None), ("country", "RUS", "RU"),
            ("country", None, "Atlantis"), ("country", "RUS", None), ("address", "1 St, Moscow, Russia", None),
            ("identifier", "7704730655", "inn"), ("identifier", "12345", "id"), ("programme", "own", None),
            ("listed_on", "2024-06-01", None), ("delisted_on", None, "06/07/2025"),
        }  # fmt: skip
        says = " ".join(done.warnings)
        assert "1 countries are not known" in says
        assert "'Atlantis'" in says
        assert "1 days are not whole or not certain" in says
        assert "day of the edition is not known" in says

    def test_told_name_and_day(self, con, read):
        read("entity_id,name\nA1,Gadget\n", "x.csv", list="watch-7", list_date="2024-06-01")
        assert edition(con) == ("watch-7", "2024-06-01", "snapshot", "1")

    def test_operations_make_a_delta(self, con, read):
        done = read("operation,entity_id,name\nset,A1,Gadget\nremove,A2,\nadd,A3,Cog\nnudge,A4,Wheel\n", "x.csv")
        assert edition(con)[2:] == ("set", "3")
        rows = con.execute("SELECT DISTINCT entity_id, operation FROM staged WHERE entity_id IS NOT NULL").fetchall()
        assert sorted(rows) == [("A1", "set"), ("A2", "remove"), ("A3", "add")]
        assert (done.rows_rejected, done.rows_read) == (1, 4)

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",Gadget", "there is no id"),
            ("A1,", "there is no name"),
            ("A1,   ", "there is no name"),
            (f"A1,{'x' * 3000}", "a name of 3,000 characters; 2,000 are the most that are read"),
        ],
    )
    def test_rows_that_are_refused(self, con, read, rejects, row, reason):
        done = read(f"entity_id,name\n{row}\nA2,Cog\n", "x.csv")
        assert rejects() == [(2, reason)]
        assert (done.rows_read, done.rows_rejected) == (2, 1)

    @pytest.mark.parametrize(
        "name", ["😀 Holdings", "شركة الأداة", "\u202eTSAE\u202c", "Zero\u200bWidth", "A", "NaN", "ＦＵＬＬ"]
    )
    def test_names_stay_as_they_are_printed(self, facts, read, name):
        read(f"entity_id,name\nA1,{name}\n", "x.csv")
        assert facts("A1") == {("name", name, None)}

    def test_a_cell_of_ten_megabytes_is_an_error_and_not_a_crash(self, read):
        with pytest.raises(InputError, match="field larger than field limit"):
            read(f"entity_id,name\nA1,{'x' * 10_000_000}\nA2,Cog\n", "x.csv")


class TestEu:
    def test_an_act_is_a_family_of_its_annexes(self, con, read, facts):
        text = eu_whole(
            eu_row(1, "Gadget OAO", alias='ГАДЖЕТ; "Gadget; the Great"', weakAlias="GT", innCode="7704730655 (Tax ID/INN)",
                   startDate="12.9.2014", address="1 St, Moscow, Russian Federation", country="Myanmar/Burma"),
            eu_row(1, "Sea Sprocket", annex="XLII", schema="Vessel", imoNumber="9187629", flag="Cameroon", startDate="2024-06"),
            eu_row("", "Cog", annex="XIV"),
        )  # fmt: skip
        done = read(text, "32014R0999.csv", list_date="2026-07-17")
        assert edition(con) == ("eu-999-2014", "2026-07-17", "snapshot", "3")
        lists = dict(con.execute("SELECT DISTINCT list, entity_id FROM staged WHERE entity_id IS NOT NULL").fetchall())
        assert lists["eu-999-2014-IV"] == "IV/1"
        assert lists["eu-999-2014-XLII"] == "XLII/1"
        assert facts("IV/1") == {
            ("name", "Gadget OAO", None), ("alias", "ГАДЖЕТ", None), ("alias", "Gadget; the Great", None),
            ("weak_alias", "GT", None), ("identifier", "7704730655", "inn"), ("country", "MMR", "Myanmar/Burma"),
            ("address", "1 St, Moscow, Russian Federation", None), ("country", "RUS", None),
            ("programme", "EU-XYZ Annex IV: Export control", None), ("listed_on", "2014-09-12", "12.9.2014"),
        }  # fmt: skip
        assert {("identifier", "9187629", "imo"), ("country", "CMR", "Cameroon"), ("listed_on", None, "2024-06")} <= facts("XLII/1")  # fmt: skip
        assert lists["eu-999-2014-XIV"].startswith("XIV/")
        assert done.rows_read == 3

    @pytest.mark.parametrize(
        ("printed", "kind", "number", "economies"),
        [
            ("7704730655 (Tax ID/INN)", "inn", "7704730655", set()),
            ("123456789 (INN)", "registration", "123456789", set()),
            ("1237700341801 (OGRN)", "ogrn", "1237700341801", set()),
            ("91440300769188559R (USCC)", "uscc", "91440300769188559R", {"CHN"}),
            ("2182045 (CR No.)", "registration", "2182045", set()),
            ("440300280527908 (China Company Registration Number)", "registration", "440300280527908", {"CHN"}),
            ("3172327 (Hong Kong CR Number)", "registration", "3172327", set()),
            ("(TIN) 9704211491", "registration", "(TIN) 9704211491", set()),
        ],
    )
    def test_numbers_without_the_words_for_their_register(self, facts, read, printed, kind, number, economies):
        read(eu_whole(eu_row(1, "Cog", registrationNumber=printed)), "32014R0999.csv", list_date="2026-07-17")
        assert ("identifier", number, kind) in facts("IV/1")
        assert {value for name, value, _ in facts("IV/1") if name == "country"} == economies

    @pytest.mark.parametrize(
        ("address", "economy"),
        [
            ("Shennan Road, Shenzhen, People’s Republic of China", "CHN"),
            ("Des Voeux Road Central Hongkong, People’s Republic of China", "HKG"),
            ("Shenzhen, People’s Republic of China, 518099", "CHN"),
            ("Plot 59, Dubai, United Arab Emirates, P.O. Box 17585", "ARE"),
            ("73 Upper Paya Lebar Road, Singapore 534818", "SGP"),
            ("Bengaluru, 560066 Republic of India", "IND"),
            ("67a Truong Dinh, Hanoi City, Socialist Republic of Vietnam", "VNM"),
            ("5 Pier Street, Azov, Russian Federation,", "RUS"),
            ("People’s Republic of China, Beijing, Chaoyang District, Building 8", "CHN"),
            ("China, Hong Kong, 21 Wing Kut Street", "HKG"),
            ("1 Peach Street, Atlanta, Georgia 30301", None),
            ("1 Peach Street, Atlanta, Georgia, 30301", None),
            ("110001", None),
        ],
    )
    def test_economy_at_the_end_of_an_address(self, facts, read, address, economy):
        read(eu_whole(eu_row(1, "Cog", address=address)), "32014R0999.csv", list_date="2026-07-17")
        assert {value for name, value, _ in facts("IV/1") if name == "country"} == ({economy} if economy else set())
        assert ("address", address, None) in facts("IV/1")

    def test_an_amendment_is_of_its_only_day(self, con, read):
        read(eu_amending("32026R0001", eu_row(2, "Cog", startDate="23.7.2026"), eu_row(3, "Wheel", startDate="23.7.2026")), "a.csv")  # fmt: skip
        assert edition(con) == ("eu-999-2014", "2026-07-23", "set", "2")

    def test_an_amendment_of_several_days_has_none(self, con, read):
        done = read(eu_amending("32026R0001", eu_row(2, "Cog", startDate="23.7.2026"), eu_row("", "Wheel")), "a.csv")
        assert edition(con)[1] is None
        assert "1 entries have no number in the act" in " ".join(done.warnings)
        assert "the day of the amendment is not known" in " ".join(done.warnings)

    def test_an_act_that_lists_nobody_is_an_edition(self, con, read):
        read(eu_whole(), "32014R0999.csv")
        assert edition(con) == ("eu-999-2014", None, "snapshot", "0")

    def test_one_entry_under_two_measures_is_one(self, con, read):
        read(eu_whole(eu_row(1, "Cog"), eu_row(1, "Cog", measure="Asset freeze")), "32014R0999.csv")
        assert edition(con)[3] == "1"


class TestOfac:
    def test_entries(self, con, read, facts):
        read(OFAC["sdn.csv"], "sdn.csv", list_date="2024-06-01")
        assert edition(con) == ("ofac-sdn", "2024-06-01", "snapshot", "3")
        assert facts("40") == {
            ("name", "GADGET TRADING OOO", None), ("programme", "XYZ", None), ("programme", "QRS", None),
            ("identifier", "7704730655", "inn"), ("identifier", "1027700167110", "ogrn"), ("identifier", "42045241", "okpo"),
            ("identifier", "561735674", "duns"), ("weak_alias", "GADGET", None), ("linked", "WIDGET AIRLINES", "linked to"),
        }  # fmt: skip
        assert {("identifier", "IMO 9187629", "imo"), ("identifier", "356393000", "mmsi"), ("country", "PAN", "Panama"),
                ("linked", "Sprocket Shipping Inc.", "vessel owner")} <= facts("41")  # fmt: skip
        assert schemas(con) == {"36": "LegalEntity", "40": "LegalEntity", "41": "Vessel"}

    def test_aliases_addresses_and_comments(self, read, facts):
        read(OFAC["alt.csv"], "alt.csv")
        assert facts("40") == {("previous_name", "OLD GADGET ZAO", None)}
        read(OFAC["add.csv"], "add.csv")
        assert facts("40") == {("address", "1 Gadget Street, Moscow 101000, Russia", None), ("country", "RUS", None), ("country", "RUS", "Russia")}  # fmt: skip
        read(OFAC["sdn_comments.csv"], "sdn_comments.csv")
        assert facts("41") == {("weak_alias", "SPROCK", None)}

    @pytest.mark.parametrize("name", OFAC)
    def test_without_its_last_byte_it_is_cut(self, read, name):
        with pytest.raises(InputError, match="0x1A"):
            read(OFAC[name].removesuffix("\x1a"), name)

    def test_the_non_sdn_list_is_told_by_name(self, con, read):
        read(OFAC["sdn.csv"], "cons_prim.csv")
        assert edition(con)[0] == "ofac-cons"

    def test_plain_xml(self, con, read, facts):
        read(SDN_XML, "sdn.xml")
        assert edition(con) == ("ofac-sdn", "2024-03-04", "snapshot", "2")
        assert facts("40") == {
            ("name", "GADGET TRADING OOO", None), ("programme", "XYZ", None), ("identifier", "7704730655", "inn"),
            ("weak_alias", "GADGET", None), ("previous_name", "OLD GADGET ZAO", None), ("country", "RUS", None),
            ("address", "1 Gadget Street, Moscow, Russia", None), ("country", "RUS", "Russia"),
        }  # fmt: skip
        assert {("identifier", "IMO 9187629", "imo"), ("country", "PAN", "Panama")} <= facts("41")


class TestXml:
    def test_un(self, con, read, facts):
        read(UN_XML, "un.xml")
        assert edition(con) == ("un", "2026-02-27", "snapshot", "2")
        assert facts("XYe.002") == {
            ("name", "COG CORPORATION", None), ("alias", "COGCO", None), ("previous_name", "WHEEL CORPORATION", None),
            ("address", "Pyongyang, Democratic People's Republic of Korea", None), ("country", "PRK", None),
            ("country", "PRK", "Democratic People's Republic of Korea"), ("programme", "XYZ", None),
            ("listed_on", "2016-03-02", None), ("identifier", "9187629", "imo"),
        }  # fmt: skip
        assert {("name", "ANY BODY", None), ("weak_alias", "Abu Body", None), ("country", "IRQ", "Iraq")} <= facts("XYi.001")  # fmt: skip
        assert schemas(con) == {"XYe.002": "LegalEntity", "XYi.001": "Person"}

    @pytest.mark.parametrize("text", [UN_XML, SDN_XML], ids=["un", "ofac"])
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
    def test_cut_anywhere_it_is_refused(self, read, text, share):
        with pytest.raises(InputError, match="cut off or damaged"):
            read(text[: int(len(text) * share)], "list.xml")

    @pytest.mark.parametrize("text", [UN_XML, SDN_XML], ids=["un", "ofac"])
    @pytest.mark.parametrize("encoding", ["utf-88", "no-such-encoding"])
    def test_an_encoding_that_nobody_knows_is_refused(self, read, text, encoding):
        _, found, rest = text.partition("?>")
        start = text if not found else f'<?xml version="1.0" encoding="{encoding}"?>{rest}'
        named = start if found else f'<?xml version="1.0" encoding="{encoding}"?>{start}'
        with pytest.raises(InputError, match="encoding that nobody knows"):
            read(named, "list.xml")

    def test_entities_are_never_expanded(self, read):
        bomb = UN_XML.replace(
            "<CONSOLIDATED_LIST", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><CONSOLIDATED_LIST', 1
        ).replace("COGCO", "&b;")
        with pytest.raises(InputError, match="defines a document type or entities"):
            read(bomb, "un.xml")

    def test_an_entry_without_bounds_is_refused(self, read):
        with pytest.raises(InputError, match="longer than 4,000,000"):
            read(UN_XML.replace("COGCO", "x" * 4_100_000), "un.xml")

    def test_deep_nesting_is_refused(self, read):
        with pytest.raises(InputError, match="nested more than 64 deep"):
            read(UN_XML.replace("COGCO", "<a>" * 100 + "</a>" * 100), "un.xml")

    def test_other_xml_is_still_no_table(self, read):
        with pytest.raises(InputError, match="web page or XML"):
            read("<html><body>sign in</body></html>", "x.csv")


def test_uk(con, read, facts):
    read(uk_list(), "ConList.csv")
    assert edition(con) == ("uk", "2024-06-05", "snapshot", "2")
    assert facts("7001") == {
        ("name", "GADGET TRADING LLC", None), ("weak_alias", "GT", None), ("previous_name", "OLD GADGET", None),
        ("address", "1 Gadget Street, Russia", None), ("country", "RUS", None), ("country", "RUS", "Russia"),
        ("programme", "XYZ", None), ("listed_on", "2022-04-03", "03/04/2022"),
    }  # fmt: skip
    assert ("name", "Any BODY", None) in facts("7002")


class TestMeti:
    def test_names_in_two_languages(self, con, read, facts):
        done = read(METI, "list.txt")
        assert edition(con) == ("jp-meti-russia", "2025-09-12", "snapshot", "3")
        assert facts("1") == {
            ("name", "Gadget Trading JSC", None), ("alias", "Gadget Bureau", None), ("alias", "GT Co., Ltd.", None),
            ("alias", "株式会社ガジェット", None), ("alias", "ガジェット貿易", None), ("alias", "GT", None),
            ("address", "1 Gadget Street, Moscow 101000, Russia", None), ("address", "12 Side Lane, Moscow, Russia", None),
            ("country", "RUS", None),
        }  # fmt: skip
        assert {("name", "Sprocket Institute (SI)", None), ("alias", "Ｓスプロケット研究所", None)} <= facts("2")
        assert {("name", "Cog LLC", None), ("previous_name", "ホイール", None)} <= facts("3")
        assert done.rows_read == 3

    @pytest.mark.parametrize(
        "heading",
        [
            "Gadget Trading JSC, a.k.a., the following two aliases:-Gadget Bureau; and\n-GT Co., Ltd.",
            "Gadget Trading JSC, a.k.a., the follow twoaliases: —Gadget Bureau; and —GT Co., Ltd.",
            "Gadget Trading JSC (a.k.a. Gadget Bureau; and\n-GT Co., Ltd.)",
        ],
    )
    def test_an_alias_in_the_line_of_the_heading(self, read, facts, heading):
        start, end = METI.split("Gadget Trading JSC")[0], METI.split("GT Co., Ltd.")[1]
        read(start + heading + end, "list.txt")
        assert {("name", "Gadget Trading JSC", None), ("alias", "Gadget Bureau", None)} <= facts("1")
        assert any(kind == "alias" and value.startswith("GT Co., Ltd.") for kind, value, _ in facts("1"))

    def test_a_number_that_is_left_out(self, read):
        with pytest.raises(InputError, match="entry 3 is left out: entry 4 follows 2"):
            read(METI.replace("3 有限会社コグ", "4 有限会社コグ"), "list.txt")

    def test_an_end_without_a_place(self, read):
        with pytest.raises(InputError, match="breaks off in entry 3"):
            read(METI.split("所在地：Perm")[0], "list.txt")


class TestFtm:
    def test_an_entity_without_an_id_is_rejected_whatever_it_is(self, con, read):
        lines = [
            ftm_line("a", "Company", name=["Cog"]),
            ftm_line("", "Sanction", entity=["a"]),
            ftm_line("", "Company"),
        ]
        done = read(json_lines(lines), "entities.ftm.json")
        assert (done.rows_read, done.rows_rejected) == (3, 2)
        assert {reason for (reason,) in con.execute("SELECT reason FROM rejects").fetchall()} == {"there is no id"}

    def test_who_is_listed_and_who_is_told_of(self, con, read, facts):
        done = read(json_lines(FTM), "entities.ftm.json")
        assert edition(con) == ("made_up", "2026-03-13", "snapshot", "5")
        assert facts("c1") == {
            ("name", "Gadget Trading", None), ("alias", "ГАДЖЕТ", None), ("alias", "Gadget", None), ("weak_alias", "GT", None),
            ("country", "RUS", "ru"), ("identifier", "7704730655", "inn"), ("programme", "XYZ", None),
            ("listed_on", "2022-03-01", None), ("director", "c2", None),
        }  # fmt: skip
        assert ("owner", "c1", json.dumps({"percentage": "60", "startDate": "2019"})) in facts("c2")
        context = {row[0] for row in con.execute("SELECT entity_id FROM staged WHERE property = 'context'").fetchall()}
        assert context == {"c2"}
        assert ("delisted_on", "2021-01-01", None) in facts("v3")
        assert ("listed_on", "2023-05-05", None) in facts("v1")
        assert done.rows_read == len(FTM)

    def test_without_any_word_on_listing_all_are_listed(self, con, read):
        read(json_lines([ftm_line("a", "Company", name=["Cog"]), ftm_line("b", "Vessel", name=["Tub"])]), "own.json")
        assert con.execute("SELECT count(*) FROM staged WHERE property = 'context'").fetchall() == [(0,)]

    def test_one_sanction_that_stands_keeps_an_entity(self, con, read, facts):
        lines = [
            ftm_line("a", "Company", name=["Cog"]),
            ftm_line("s1", "Sanction", entity=["a"], startDate=["2020-01-01"], endDate=["2021-01-01"]),
            ftm_line("s2", "Sanction", entity=["a"], startDate=["2022-01-01"]),
        ]
        read(json_lines(lines), "own.json")
        assert not [fact for fact in facts("a") if fact[0] == "delisted_on"]

    def test_nested(self, read, facts):
        owner = ftm_line("o", "Ownership", asset=[ftm_line("b", "Company", name=["Held"])], percentage=["55"])
        sanction = ftm_line("s", "Sanction", startDate=["2022-03-01"])
        read(json_lines([ftm_line("a", "Company", name=["Cog"], ownershipOwner=[owner], sanctions=[sanction])]), "targets.nested.json")  # fmt: skip
        assert ("listed_on", "2022-03-01", None) in facts("a")
        assert ("owner", "a", '{"percentage": "55"}') in facts("b")
        assert ("name", "Held", None) in facts("b")

    def test_a_delta_file_sets_and_removes(self, con, read):
        lines = [
            {"op": "ADD", "entity": ftm_line("a", "Company", name=["Cog"])},
            {"op": "MOD", "entity": ftm_line("b", "Company", name=["Wheel"])},
            {"op": "DEL", "entity": {"id": "c"}},
        ]
        read(json_lines(lines), "entities.delta.json")
        assert edition(con)[:1] + edition(con)[2:] == ("made_up", "set", "3")
        rows = con.execute("SELECT DISTINCT entity_id, operation FROM staged WHERE entity_id IS NOT NULL AND property <> 'context'").fetchall()  # fmt: skip
        assert sorted(rows) == [("a", "set"), ("b", "set"), ("c", "remove")]

    @pytest.mark.parametrize("cut", [10, 200, 900])
    def test_a_line_that_is_cut(self, read, cut):
        text = json_lines(FTM)
        with pytest.raises(InputError, match="no whole JSON object"):
            read(text[: len(text) - cut], "entities.ftm.json")


def test_opensanctions_simple_table(con, read, facts):
    columns = "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change"
    row = {"id": "NK-1", "schema": "Vessel", "name": "SEA SPROCKET", "aliases": 'Old Tub;"Tub; the Great"', "countries": "pa;ru",
           "identifiers": "IMO9187629;7704730655", "program_ids": "XYZ", "dataset": "Made Up War List", "last_seen": "2026-03-13T05:41:01"}  # fmt: skip
    read(csv_text(columns.split(","), [row]), "targets.simple.csv")
    assert edition(con) == ("made-up-war-list", "2026-03-13", "snapshot", "1")
    assert facts("NK-1") == {
        ("name", "SEA SPROCKET", None), ("alias", "Old Tub", None), ("alias", "Tub; the Great", None), ("country", "PAN", "pa"),
        ("country", "RUS", "ru"), ("identifier", "9187629", "imo"), ("identifier", "7704730655", "id"),
        ("programme", "XYZ", None), ("programme", "Made Up War List", None),
    }  # fmt: skip


def test_consolidated_screening_list_also_as_gzip(con, read, facts):
    text = csv_text(CSL.split(","), [{**CSL_ROW, "_id": "e1"}, {**CSL_ROW, "name": "Cog"}])
    read(gzip.compress(text.encode()), "consolidated.csv.gz", list_date="2022-05-16")
    assert edition(con) == ("us-csl", "2022-05-16", "snapshot", "2")
    assert facts("e1") == {
        ("name", "Gadget Trading", None), ("alias", "GT", None), ("previous_name", "Old Gadget", None),
        ("address", "1 Gadget Street, Krasnodar, RU", None), ("country", "RUS", None), ("country", "SYR", None),
        ("programme", "Entity List (EL) - Bureau of Made Up", None), ("listed_on", "2022-04-07", None),
        ("identifier", "7704730655", "inn"), ("identifier", "IMO 9187629", "imo"),
    }  # fmt: skip
    [(other,)] = con.execute("SELECT DISTINCT entity_id FROM staged WHERE value = 'Cog'").fetchall()
    assert other.startswith("EL-")


def test_denied_persons(con, read):
    text = (
        '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t'
        '"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
        '"COG LLC"\t"1 Main"\t"Reno"\t"CA"\t""\t"89501"\t"10/16/2017"\t"01/13/2030"\t"Y"\t"x"\t"y"\t"z"\n'
    )
    read(text, "dpl.txt")
    found = con.execute("SELECT property, value FROM staged WHERE property NOT IN ('remark', 'edition')").fetchall()
    assert set(found) == {
        ("name", "COG LLC"), ("address", "1 Main, Reno, CA, 89501"), ("programme", "Denied Persons List"),
        ("listed_on", "2017-10-16"), ("delisted_on", "2030-01-13"),
    }  # fmt: skip


class TestMapped:
    MAPPING = """
source: own
table: listed
name: [Firm]
alias: {columns: [Other], split: "|"}
entity_schema: {column: Kind, map: {co: Company}}
country: {value: CHN}
identifier: {uscc: [Code]}
listed_on: {column: From, order: day-first}
delisted_on: {column: To, order: day-first}
where: [{column: Kind, equals: co}]
"""

    def test_columns_as_the_mapping_says(self, con, read, facts, tmp_path):
        (tmp_path / "m.yml").write_text(self.MAPPING, "utf-8")
        text = "Firm,Other,Kind,Code,From,To\r\nCog,C|Cg,co,91440300MA5EUWG42Q,03/04/2022,\nCog,,co,,01/01/2020,01/01/2021\nBody,,person,,,\n"
        done = read(text, "own.csv", mapping=str(tmp_path / "m.yml"))
        assert edition(con) == ("own", None, "snapshot", "1")
        [(own,)] = con.execute("SELECT DISTINCT entity_id FROM staged WHERE entity_id IS NOT NULL").fetchall()
        assert facts(own) == {
            ("name", "Cog", None), ("alias", "C", None), ("alias", "Cg", None), ("country", "CHN", None),
            ("identifier", "91440300MA5EUWG42Q", "uscc"), ("listed_on", "2022-04-03", "03/04/2022"),
            ("listed_on", "2020-01-01", "01/01/2020"),
        }  # fmt: skip
        assert schemas(con) == {own: "Company"}
        assert "1 rows were left out" in " ".join(done.warnings)

    def test_a_column_that_is_not_there(self, read, tmp_path):
        (tmp_path / "m.yml").write_text(self.MAPPING, "utf-8")
        with pytest.raises(InputError, match="no column 'Other', which the mapping needs for alias"):
            read("Firm,Kind\nCog,co\n", "own.csv", mapping=str(tmp_path / "m.yml"))

    def test_an_unknown_register(self, tmp_path):
        (tmp_path / "m.yml").write_text(self.MAPPING.replace("uscc", "vatman"), "utf-8")
        with pytest.raises(InputError, match="vatman"):
            load_mapping(str(tmp_path / "m.yml"))

    def test_the_source_needs_a_mapping(self, con, tmp_path):
        (tmp_path / "x.csv").write_text("a,b\n1,2\n")
        with pytest.raises(UsageError, match="needs a mapping with table: listed"):
            read_file(con, tmp_path / "x.csv", source="mapped-list")


def test_what_is_told_is_for_lists_alone(con, tmp_path, comtrade):
    with pytest.raises(UsageError, match="--list-date is not for files of the source comtrade"):
        read_file(con, comtrade({}), told=Told(list_date="2024-01-01"))
    with pytest.raises(NotFoundError):
        read_file(con, comtrade({}), source="no-such-list")


def test_a_column_that_is_gone_is_said(read):
    with pytest.raises(InputError, match="the list has no column 'Name 2'"):
        read(uk_list().replace("Name 2,", "Nom 2,"), "ConList.csv")
