"""Goods lists of the package and of users: content, identity, errors, other revisions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stopgap.base.errors import GoodsError, NotFoundError
from stopgap.codes.files import GOODS_LISTS
from stopgap.codes.goods import (
    GoodsItem,
    GoodsList,
    UnstableCode,
    check_goods,
    goods_document,
    goods_from,
    goods_in_revision,
    goods_names,
    is_broader_in,
    is_known,
    item_among,
    load_goods,
)


def item_for(goods: GoodsList, good: str) -> GoodsItem | None:
    return item_among({item.code: item for item in goods.items}, good)


NEW_IN_2022 = {"852589", "854149", "854151", "854159", "854800", "880730"}
OF_THE_BRIEF = {
    "chpl-2024-02", "eu-833-annex-vii", "eu-833-annex-xi", "eu-833-annex-xxiii", "optical", "propellants",
    "propellants-narrow", "propellants-broad", "space-equipment", "space-equipment-narrow", "space-equipment-broad",
    "machine-tools", "machine-tools-narrow", "machine-tools-broad", "optical-narrow", "optical-broad", "optical-headings", "microelectronics", "chips", "ai-compute", "machinery-electronics", "energy", "energy-headings", "wood",
    "all-goods", "australia-china-2020", "building-materials", "chip-making-machines", "critical-minerals", "food",
    "potash",
}  # fmt: skip

LIST = """
name: mine
version: "1"
title: My list
revision: HS2022
items:
  - {code: "854231", group: "a"}
  - {code: "010121", group: "b"}
"""


def write(tmp_path: Path, text: str, name: str = "mine.yml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_every_list_of_the_package_is_whole() -> None:
    assert set(goods_names()) == OF_THE_BRIEF
    for name in goods_names():
        goods = load_goods(name)
        assert goods == load_goods(name.upper())
        for field in ("name", "version", "title", "source", "terms", "note"):
            assert getattr(goods, field), (name, field)
        assert all(item.description for item in goods.items), name
        assert len(set(goods.codes)) == len(goods.codes)
        unknown = {code for code in goods.codes if not is_known(code, goods.revision)}
        assert unknown == ({"98"} if name == "eu-833-annex-xxiii" else set()), name


@pytest.mark.parametrize("path", sorted(GOODS_LISTS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_file_of_the_package_passes_its_own_check(path: Path) -> None:
    assert check_goods(path) == load_goods(path.stem)


def test_the_common_high_priority_list() -> None:
    goods = load_goods("chpl-2024-02")
    assert (goods.version, goods.revision, len(goods.items)) == ("2024-02", "HS2022", 50)
    tiers = [item.group for item in goods.items]
    assert {tier: tiers.count(tier) for tier in sorted(set(tiers))} == {
        "1": 4,
        "2": 5,
        "3.A": 16,
        "3.B": 9,
        "4.A": 11,
        "4.B": 5,
    }
    assert {item.code for item in goods.items if item.group == "1"} == {"854231", "854232", "854233", "854239"}
    assert {code for code in goods.codes if not is_known(code, "HS2017")} == NEW_IN_2022


def test_the_annexes() -> None:
    assert len(load_goods("eu-833-annex-vii").items) == 29
    xi = load_goods("eu-833-annex-xi")
    assert {code for code in xi.codes if len(code) == 8} == {
        "27101983",
        "27101999",
        "40113000",
        "68132000",
        "68138100",
        "85177100",
        "85177900",
        "90241000",
    }
    assert item_for(xi, "27101983").description.startswith("Part only of:")  # type: ignore[union-attr]
    assert "PARTIAL" in load_goods("eu-833-annex-xxiii").note


def test_baskets() -> None:
    assert len(load_goods("chips").codes) == 16
    assert load_goods("chips").revision == load_goods("ai-compute").revision == "HS2012"


@pytest.mark.parametrize("name", ["optical", "propellants", "space-equipment"])
def test_a_name_in_two_forms_means_the_narrow_one_and_names_the_broad(name: str) -> None:
    narrow, broad = load_goods(f"{name}-narrow"), load_goods(f"{name}-broad")
    meant = load_goods(name)
    assert (meant.name, meant.sha256, meant.items) == (narrow.name, narrow.sha256, narrow.items)
    assert f"{name}-broad" in meant.note
    assert set(narrow.codes) < set(broad.codes)


def test_lists_mended_against_the_nomenclature() -> None:
    optical, wide = load_goods("optical"), load_goods("optical-broad")
    assert {"852581", "852582", "852583", "903149"} <= set(optical.codes)
    assert "901380" not in {*optical.codes, *wide.codes}
    assert "902730" in wide.codes
    assert "902730" not in optical.codes
    assert {"293399", "291734", "470200"} <= set(load_goods("propellants-broad").codes)
    tools, narrow = load_goods("machine-tools"), load_goods("machine-tools-narrow")
    assert (tools.name, tools.sha256) == ("machine-tools-broad", load_goods("machine-tools-broad").sha256)
    assert {"848510", "847950", "853710"} <= set(tools.codes)
    assert not {"8464", "8465"} & set(tools.codes)
    assert {*narrow.codes} == {item.code for item in load_goods("chpl-2024-02").items if item.group == "4.B"}
    groups = {item.group for item in load_goods("microelectronics").items}
    assert {"processors", "memories", "capacitors", "resistors", "memory media"} <= groups


@pytest.mark.parametrize("name", goods_names())
def test_an_unstable_code_of_a_list_is_a_code_of_its_revisions_with_a_reason(name: str) -> None:
    for entry in load_goods(name).unstable:
        assert entry.from_revision < entry.to_revision
        assert is_known(entry.code, entry.from_revision) or is_known(entry.code, entry.to_revision)
        assert len(entry.reason) > 20


UNSTABLE = (
    LIST
    + """unstable:
  - {code: "901380", from: HS2017, to: HS2022, reason: "modules   left it"}
"""
)


def test_unstable_codes_are_read_kept_and_hashed(tmp_path: Path) -> None:
    plain, goods = check_goods(write(tmp_path, LIST)), check_goods(write(tmp_path, UNSTABLE))
    assert goods.unstable == (UnstableCode("901380", "HS2017", "HS2022", "modules left it"),)
    assert goods.codes == plain.codes
    assert goods.sha256 != plain.sha256
    reworded = check_goods(write(tmp_path, UNSTABLE.replace("modules   left it", "another reason")))
    assert reworded.sha256 == goods.sha256
    assert check_goods(write(tmp_path, UNSTABLE.replace("HS2017", "HS2012"))).sha256 != goods.sha256
    document = json.loads(json.dumps(goods_document(goods)))
    assert document["unstable"] == [{"code": "901380", "from": "HS2017", "to": "HS2022", "reason": "modules left it"}]
    assert goods_from(document, where="here") == goods
    with pytest.raises(GoodsError, match="not those of its hash"):
        goods_from(document | {"unstable": []}, where="here")
    old = {name: value for name, value in goods_document(plain).items() if name != "unstable"}
    assert goods_from(old, where="a pack written before lists had unstable codes") == plain


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ('"901380"', '"90138"', "code", "not a heading"),
        ('"901380"', '"998877"', "code", "neither HS2017 nor HS2022"),
        ("from: HS2017", "from: HS2010", "from", "not an HS revision"),
        ("to: HS2022", "to: HS2017", "to", "does not come after"),
        (', reason: "modules   left it"', "", "reason", "has no reason"),
        ("reason:", "because:", "because", "is not a field"),
        ('"modules   left it"}', '"a"}\n  - {code: "901380", from: HS2017, to: HS2022, reason: b}', "code", "twice"),
    ],
)
def test_a_fault_under_unstable_is_named_by_line_and_field(
    tmp_path: Path, old: str, new: str, field: str, says: str
) -> None:
    assert old in UNSTABLE
    with pytest.raises(GoodsError, match=says) as caught:
        check_goods(write(tmp_path, UNSTABLE.replace(old, new)))
    line = 11 if says == "twice" else 10
    assert f"line {line}, field {field}" in caught.value.where
    assert caught.value.fix


def test_a_list_that_means_another_has_no_unstable_codes_of_its_own(tmp_path: Path) -> None:
    text = "name: mine\nsame_as: optical-narrow\n" + UNSTABLE[UNSTABLE.index("unstable:") :]
    with pytest.raises(GoodsError, match="of its own"):
        check_goods(write(tmp_path, text))


def test_the_hash_follows_codes_and_nothing_else(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return check_goods(write(tmp_path, text)).sha256

    first = digest(LIST)
    reordered = """
items:
  - {group: "b", code: 010121, description: Horses}
  - {group: "a", code: "854231"}
revision: HS2022
note: another note
title: Another title
version: 1
name: mine
"""
    assert digest(reordered) == first
    assert digest(LIST.replace("854231", "854232")) != first
    assert digest(LIST.replace('"a"', '"c"')) != first
    assert digest(LIST.replace('version: "1"', 'version: "2"')) != first
    assert digest(LIST.replace("HS2022", "HS2017")) != first
    assert check_goods(write(tmp_path, LIST)).version_id == f"1+{first[:12]}"


def test_the_hash_of_a_list_in_the_package_is_pinned() -> None:
    # Findings and registered claims refer to it: a change here must be a new version.
    assert load_goods("chpl-2024-02").version_id == "2024-02+88d4e78cf88e"
    assert load_goods("machinery-electronics").version_id == "2026-11+46e509b97553"


def test_yaml_does_not_turn_codes_into_numbers(tmp_path: Path) -> None:
    goods = check_goods(write(tmp_path, LIST.replace('"010121"', "010121")))
    assert goods.codes == ("854231", "010121")
    assert "Horses" in goods.items[1].description


def test_codes_alone_and_csv(tmp_path: Path) -> None:
    plain = "name: n\nversion: v\ntitle: t\nrevision: HS2017\ncodes: [84, '8542', '854231']\n"
    assert load_goods(str(write(tmp_path, plain))).codes == ("84", "8542", "854231")
    table = write(tmp_path, "Code,description,group\n854231,Processors,one\n0101,,\n", "My codes.csv")
    goods = load_goods(str(table))
    assert (goods.name, goods.version, goods.revision) == ("my-codes", "file", "HS2022")
    assert [(i.code, i.description[:10], i.group) for i in goods.items] == [
        ("854231", "Processors", "one"),
        ("0101", "Horses, as", ""),
    ]


@pytest.mark.parametrize(
    ("old", "new", "what", "where", "fix"),
    [
        ('"010121"', '"10121"', "lost a leading zero", "line 8, field code", "010121"),
        ('"010121"', '"8542 31"', "not a code of digits", "line 8, field code", "854231"),
        ('"010121"', '"85.42"', "not a code of digits", "line 8, field code", "points"),
        ('"010121"', '"854231"', "854231 stands twice", "line 8, field code", "line 7"),
        ('"010121"', '"8542310000"', "too long", "line 8, field code", "8 digits"),
        ('"010121"', '"777777"', "not a code of HS2022", "line 8, field code", "allow_unknown"),
        ('"010121"', '"854140"', "not a code of HS2022", "line 8, field code", "HS2012 and HS2017"),
        ("HS2022", "HS2007", "not an HS revision", "field revision", "HS2017"),
        ("name: mine", "name: My List", "not a name", "field name", "lower-case"),
        ("title: My list", "", "no title", "field title", "title:"),
        ("title: My list", "titel: My list", "'titel' is not a field", "line 4, field titel", "title"),
        ('group: "b"', 'grupe: "b"', "'grupe' is not a field", "line 8, field grupe", "group"),
        ("title: My list", "title: [a, b]", "not plain text", "line 4, field title", "text"),
        ("title: My list", "name: other", "name stands twice", "line 4, field name", "keep one"),
        ("items:", "codes: []\nitems:", "both codes and items", "field items", "keep one"),
        ("items:", "allow_unknown: maybe\nitems:", "allow_unknown", "field allow_unknown", "true"),
        ('{code: "854231", group: "a"}', "{group: a}", "no code", "line 7, field items", "code"),
        ('{code: "854231", group: "a"}', "{code: a", "not YAML", "line", "line"),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, old: str, new: str, what: str, where: str, fix: str) -> None:
    assert old in LIST
    with pytest.raises(GoodsError) as caught:
        check_goods(write(tmp_path, LIST.replace(old, new)))
    error = caught.value
    assert what in error.what
    assert where in error.where
    assert "mine.yml" in error.where
    assert fix in error.fix


@pytest.mark.parametrize(
    ("name", "content", "what", "where"),
    [
        ("a.csv", "hs6,text\n854231,x\n", "no column code", "line 1"),
        ("a.csv", "code,description\n854231,x\n10121,y\n", "lost a leading zero", "line 3"),
        ("a.csv", "code,description\n", "no codes", "a.csv"),
        ("a.csv", "", "no column code", "line 1"),
        ("a.yml", "", "not a goods list", "line 1"),
        ("a.yml", "- 854231\n", "not a goods list", "line 1"),
        ("a.yml", "name: a\nversion: b\ntitle: c\nrevision: HS2022\n", "no codes", "field codes"),
        ("a.yml", "name: a\nversion: b\ntitle: c\nrevision: HS2022\ncodes: 85\n", "not a list", "line 5, field codes"),
        ("a.yml", "name: a\nversion: b\ntitle: c\nrevision: HS2022\ncodes: [[85]]\n", "neither a code", "line 5"),
    ],
)
def test_files_that_are_no_lists(tmp_path: Path, name: str, content: str, what: str, where: str) -> None:
    with pytest.raises(GoodsError) as caught:
        check_goods(write(tmp_path, content, name))
    assert what in caught.value.what
    assert where in caught.value.where


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(GoodsError, match="UTF-8"):
        check_goods(tmp_path / "a.yml")


def test_unknown_codes_can_be_allowed(tmp_path: Path) -> None:
    text = LIST.replace('"010121"', '"777777"').replace("items:", "allow_unknown: true\nitems:")
    goods = check_goods(write(tmp_path, text))
    assert goods.items[1].description == ""


@pytest.mark.parametrize(("name", "fix"), [("chpl", "chpl-2024-02"), ("../secret", "path"), ("none.yml", "path")])
def test_a_list_that_is_not_there(name: str, fix: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        load_goods(name)
    assert fix in caught.value.fix


def test_the_longest_code_is_the_item() -> None:
    goods = load_goods("optical")
    assert item_for(goods, "900211").code == "9002"  # type: ignore[union-attr]
    assert item_for(goods, "90131000").code == "901310"  # type: ignore[union-attr]
    assert item_for(goods, "90138000") is None, "unstable codes are no items"
    assert item_for(goods, "900130") is None, "contact lenses"
    both = load_goods("machinery-electronics")
    assert item_for(both, "84+85").code == "84"  # type: ignore[union-attr]
    assert item_for(both, "basket:chips") is not None
    assert item_for(load_goods("chips"), "84+85") is None


def test_the_priority_list_in_hs2017() -> None:
    goods = load_goods("chpl-2024-02")
    items, lost = goods_in_revision(goods, "HS2017")
    own = set(goods.codes)
    assert set(items) - own == {"880330", "854890", "852580", "854140", "854150"}
    assert own - set(items) == NEW_IN_2022
    assert items["854140"].group == "3.A"
    assert lost == ()
    assert is_broader_in(goods, "HS2017"), "8541.40 of HS2017 also holds solar cells"


def test_exact_counterparts_are_not_called_broader() -> None:
    goods = load_goods("space-equipment-broad")
    items, lost = goods_in_revision(goods, "HS2017")
    assert {"880310", "880320", "880330", "880390"} <= set(items)
    assert (lost, is_broader_in(goods, "HS2017")) == ((), False)


def test_chapters_and_headings_stay_at_their_level() -> None:
    for revision in ("HS2012", "HS2017"):
        assert set(goods_in_revision(load_goods("machinery-electronics"), revision)[0]) == {"84", "85"}
        new = {"848510"}  # of HS2022; before it was part of 8463, which the list has
        assert (
            set(goods_in_revision(load_goods("machine-tools"), revision)[0])
            == {*load_goods("machine-tools").codes} - new
        )


def test_a_heading_that_moved_becomes_its_counterparts(tmp_path: Path) -> None:
    text = "name: n\nversion: v\ntitle: t\nrevision: HS2022\ncodes: ['8807', '8549']\n"
    goods = check_goods(write(tmp_path, text))
    items, lost = goods_in_revision(goods, "HS2017")
    assert {"880310", "880320", "880330", "880390"} <= set(items)
    assert "854810" in items
    assert "8807" not in items
    assert (lost, is_broader_in(goods, "HS2017")) == ((), False)


def test_codes_without_counterpart_are_returned(tmp_path: Path) -> None:
    text = "name: n\nversion: v\ntitle: t\nrevision: HS2022\ncodes: ['854931', '854231']\n"
    items, lost = goods_in_revision(check_goods(write(tmp_path, text)), "HS2017")
    assert (set(items), lost) == ({"854231"}, ("854931",))
    assert goods_in_revision(load_goods("eu-833-annex-xxiii"), "HS2017")[1] == ("98",)


def test_a_cn8_code_is_broader_in_another_revision(tmp_path: Path) -> None:
    text = "name: n\nversion: v\ntitle: t\nrevision: HS2022\ncodes: ['85423111']\n"
    goods = check_goods(write(tmp_path, text))
    assert set(goods_in_revision(goods, "HS2017")[0]) == {"854231"}
    assert is_broader_in(goods, "HS2017")


def test_its_own_revision_and_as_reported_leave_a_list_alone() -> None:
    goods = load_goods("chips")
    for revision in ("HS2012", "HS"):
        items, lost = goods_in_revision(goods, revision)
        assert (tuple(items), lost, is_broader_in(goods, revision)) == (goods.codes, (), False)


def test_traces_of_other_codes_do_not_swell_a_list() -> None:
    # HS2017 8542.31 took a trace of some 150 codes of HS2012 by the published weights.
    assert len(goods_in_revision(load_goods("chpl-2024-02"), "HS2012")[0]) == 49
