"""Claim files: in and out with nothing lost, and each error with field, value and the likely value."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError, NotFoundError
from stopgap.claims.claim import (
    Action,
    Claim,
    ClaimLink,
    ClaimWords,
    GoodsGroup,
    NamedGoods,
    Relation,
    SourceLink,
    Speaker,
    Stance,
)
from stopgap.claims.claim_file import FIELDS, FORMS, LAYERS, claim_document, claim_from, claim_yaml, read_claim
from stopgap.claims.testing.explanations import goods_words
from stopgap.claims.testing.hypotheses import lists_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "claim-files.md"
LEAST = {
    "said_by": {"name": "Jane Roe"}, "said_on": "2024-04-08", "actor": "CHN", "action": "backfill", "target": "RUS", "words": "as said",
}  # fmt: skip

lines = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12).filter(
    lambda text: text not in ("null", "~")
)
perhaps = st.none() | lines
months = st.none() | st.dates().map(lambda day: day.isoformat()[:7])
actors = st.sampled_from(
    ["CHN", "EU", "PRC", "companies:PRC", "THIRD", "ANY", "companies:CHN", "companies:THIRD", "companies:ANY"]
)


@st.composite
def claims(draw):
    start = draw(st.none() | st.integers(0, 10**6))
    first, last = draw(months), draw(months)
    if first and last and first > last:
        first, last = last, first
    return Claim(
        id=draw(st.none() | st.just("c-0123456789")),
        title=draw(lines),
        said_by=Speaker(draw(lines), draw(perhaps), draw(perhaps)),
        said_on=draw(st.dates()).isoformat(),
        words=ClaimWords(
            text=draw(lines) + draw(st.sampled_from(["", "  and\nmore: 'so'", " # no comment", "\t\n"])),
            start=start,
            end=None if start is None else start + draw(st.integers(1, 99)),
            source=draw(perhaps),
            sha256=draw(st.none() | st.just("0a" * 32)),
            language=draw(st.sampled_from(["en", "zh", "no"])),
            quoted=draw(st.booleans()),
        ),
        stance=draw(st.sampled_from(Stance)),
        actor=draw(actors),
        action=draw(st.sampled_from(Action)),
        target=draw(st.sampled_from(["RUS", "NOR", "PRK"])),
        said_at=draw(perhaps),
        chain=tuple(
            SourceLink(draw(lines), draw(st.none() | st.sampled_from(FORMS))) for _ in range(draw(st.integers(0, 3)))
        ),
        audience=tuple(draw(st.lists(lines, max_size=2))),
        goods=tuple(
            NamedGoods(str(draw(st.sampled_from(GoodsGroup))), draw(perhaps), draw(perhaps))
            for _ in range(draw(st.integers(0, 3)))
        ),
        period_from=first,
        period_to=last,
        threshold=draw(st.none() | st.floats(1e-6, 1)),
        episode=draw(perhaps),
        degree=draw(perhaps),
        links=tuple(ClaimLink(draw(st.sampled_from(Relation)), "c-0123456789") for _ in range(draw(st.integers(0, 2)))),
        note=draw(perhaps),
        layer=draw(st.none() | st.sampled_from(LAYERS)),
        also=tuple(draw(st.lists(st.sampled_from(Action), max_size=2, unique=True))),
    )


@settings(max_examples=80, deadline=None)
@given(claims())
def test_out_and_in_again_is_the_same_claim(tmp_path_factory, claim):
    assert claim_from(claim_document(claim)) == claim
    path = tmp_path_factory.mktemp("claim") / "claim.yml"
    path.write_text(claim_yaml(claim), "utf-8")
    assert read_claim(path) == claim


def test_the_contract_file_is_read(tmp_path):
    path = tmp_path / "claim.yml"
    path.write_text(
        """
said_by: {name: Jane Roe, office: Spokesperson}
said_on: 2024-04-08
chain: [{source: A newspaper, form: report}, {source: officials, form: unnamed-officials}]
audience: [partner-states]
actor: CHN
action: backfill
target: RUS
goods: [optical, propellants, space-equipment]
period: {from: 2023-01, to: 2024-03}
threshold: {share_of_loss: 0.25}
words: "they have been backfilling"
"""
    )
    claim = read_claim(path)
    assert (claim.stance, claim.threshold, claim.period_from, claim.said_on) == (
        Stance.ASSERTION, 0.25, "2023-01", "2024-04-08",
    )  # fmt: skip
    assert [each.name for each in claim.goods] == ["optical", "propellants", "space-equipment"]
    assert claim.chain[1] == SourceLink("officials", "unnamed-officials")
    assert claim.words == ClaimWords("they have been backfilling")
    assert claim.title == "Jane Roe, assertion: CHN backfill RUS (optical, propellants, space-equipment)"


def test_the_example_of_the_page_is_a_claim_and_every_field_is_there():
    text = PAGE.read_text("utf-8")
    [example] = re.findall(r"^```yaml\n(.*?)^```$", text, flags=re.M | re.S)
    claim = claim_from(yaml.safe_load(example) | {"said_on": "2024-04-08"})
    assert claim.words.start == 1200
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", text, flags=re.M))
    assert set(rows) == set(FIELDS)
    assert {name for name, needed in rows.items() if needed == "yes"} == set(LEAST)
    words = [*FORMS, *map(str, [*Action, *Stance, *Relation, *GoodsGroup])]
    assert not [word for word in words if f"`{word}`" not in text]


def test_offsets_may_stand_with_the_source():
    claim = claim_from({**LEAST, "source": {"file": "a.txt", "start": 3, "end": 10}})
    assert (claim.words.start, claim.words.end, claim.words.source) == (3, 10, "a.txt")


def test_norway_is_no_refusal(tmp_path):
    path = tmp_path / "claim.yml"
    path.write_text(yaml.safe_dump(LEAST).replace("CHN", "NOR") + "audience: [NO, on]\nsaid_at: null\n")
    claim = read_claim(path)
    assert (claim.actor, claim.audience, claim.said_at) == ("NOR", ("NO", "on"), None)


def test_a_goods_file_beside_the_claim_is_found(tmp_path):
    (tmp_path / "mine.csv").write_text("code,description\n854231,Processors\n")
    path = tmp_path / "claim.yml"
    path.write_text(yaml.safe_dump({**LEAST, "goods": ["mine.csv", "absent.csv"]}))
    assert [each.name for each in read_claim(path).goods] == [str(tmp_path / "mine.csv"), "absent.csv"]


@pytest.mark.parametrize(
    ("change", "field", "what", "fix"),
    [
        ({"said_on": None}, "said_on", "has no said_on", "2024-04-08"),
        ({"said_on": "8 April 2024"}, "said_on", "'8 April 2024'", "2024-04-08"),
        ({"said_on": "2024-02-30"}, "said_on", "not a day", "YYYY-MM-DD"),
        ({"said_on": "2024-04-08T10:00:00Z"}, "said_on", "not a day", "2024-04-08"),
        ({"actor": "China"}, "actor", "'China'", "CHN"),
        ({"actor": "Chna"}, "actor", "'Chna'", "CHN"),
        ({"actor": "European Union"}, "actor", "European Union", "EU"),
        ({"actor": "companies:third"}, "actor", "companies:third", "companies:THIRD"),
        ({"actor": "companies:cn"}, "actor", "'cn'", "CHN"),
        ({"target": "EU"}, "target", "'EU'", "ISO3"),
        ({"target": ""}, "target", "has no target", "RUS"),
        ({"action": "back-fill"}, "action", "'back-fill'", "did you mean backfill"),
        ({"stance": "deny"}, "stance", "'deny'", "denial"),
        ({"goods": ["optcal"]}, "goods", "'optcal'", "optical"),
        ({"goods": [{"name": "chpl", "phrase": "x"}]}, "goods.name", "'chpl'", "chpl-2024-02"),
        ({"goods": [{"nam": "optical"}]}, "goods.nam", "'nam'", "name"),
        ({"period": {"from": "2023"}}, "period.from", "'2023'", "YYYY-MM"),
        ({"period": {"from": "2024-03-01"}}, "period.from", "2024-03-01", "2024-03"),
        ({"period": {"from": "2024-03", "to": "2023-01"}}, "period.to", "ends", "from: 2023-01"),
        ({"period": "2023"}, "period", "not fields", "{"),
        ({"threshold": {"share_of_loss": "25"}}, "threshold.share_of_loss", "'25'", "0.25"),
        ({"threshold": {"share_of_loss": "25%"}}, "threshold.share_of_loss", "'25%'", "0.25"),
        ({"threshold": {"share_of_loss": "0"}}, "threshold.share_of_loss", "'0'", "0.25"),
        ({"threshold": {"share_of_loss": "nan"}}, "threshold.share_of_loss", "'nan'", "0.25"),
        ({"threshold": {"share": 0.2}}, "threshold.share", "'share'", "share_of_loss"),
        ({"words": ""}, "words", "no words", "as said"),
        ({"words": {"text": " "}}, "words.text", "blank", "as said"),
        ({"words": {"text": "a", "start": 3}}, "words.end", "no end", "both"),
        ({"words": {"text": "abc", "start": 3, "end": 3}}, "words.end", "end", "end: 6"),
        ({"words": {"text": "a", "start": -1, "end": 3}}, "words.start", "-1", "from 0"),
        ({"words": {"text": "a", "start": 1, "end": 3}, "source": {"start": 2}}, "source.start", "1 and 2", "one"),
        ({"source": {"sha256": "abc"}}, "source.sha256", "'abc'", "64"),
        ({"source": {"quoted": "yes"}}, "source.quoted", "'yes'", "true"),
        ({"chain": [{"source": "x", "form": "briefings"}]}, "chain.form", "'briefings'", "briefing"),
        ({"chain": [{"form": "report"}]}, "chain.source", "no chain.source", "newspaper"),
        ({"links": [{"relation": "denied", "claim": "c-1"}]}, "links.relation", "'denied'", "denies"),
        ({"links": ["c-1"]}, "links", "not fields", "{"),
        ({"said_by": {"office": "x"}}, "said_by.name", "no said_by.name", "who"),
        ({"said_by": ["x"]}, "said_by", "a list", "{"),
        ({"tresholds": 1}, "tresholds", "'tresholds'", "threshold"),
    ],
)  # fmt: skip
def test_an_error_names_field_value_and_the_likely_value(change, field, what, fix):
    with pytest.raises(InputError) as caught:
        claim_from({**LEAST, **change}, where="claim.yml")
    assert f"claim.yml, field {field}" in caught.value.where
    assert what in caught.value.what
    assert fix in caught.value.fix


@pytest.mark.parametrize("missing", sorted(LEAST))
def test_each_field_that_is_needed_is_asked_for(missing):
    with pytest.raises(InputError, match=f"no {missing}"):
        claim_from({name: value for name, value in LEAST.items() if name != missing})


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not a claim"),
        (b"- a\n- b\n", "not a claim"),
        (b"a: [\n", "not YAML"),
        (b"words: he said: no\n", "not YAML"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 5000, "not YAML"),
        (b"a" * 1_000_001, "too large"),
    ],
)
def test_a_file_that_is_no_claim_is_named(tmp_path, content, what):
    (tmp_path / "claim.yml").write_bytes(content)
    with pytest.raises(InputError, match=what) as caught:
        read_claim(tmp_path / "claim.yml")
    assert "claim.yml" in caught.value.where
    with pytest.raises(NotFoundError):
        read_claim(tmp_path / "absent.yml")


def test_what_is_empty_is_left_out():
    claim = claim_from(LEAST)
    assert set(claim_document(replace(claim, title="t"))) == {*LEAST, "title", "stance"}


def test_goods_are_codes_too() -> None:
    claim = claim_from({**LEAST, "goods": ["8542, 845710"]}, where="claim.yml")
    assert claim.goods[0].name == "hs2022-845710-8542"
    assert lists_of(claim.goods[0].name) == ((claim.goods[0].name, None),)
    assert goods_words(claim.goods[0].name) == "HS 845710, 8542"
    with pytest.raises(InputError, match="854299 is not a code") as raised:
        claim_from({**LEAST, "goods": ["8542,854299"]}, where="claim.yml")
    assert raised.value.where == "claim.yml, field goods"
