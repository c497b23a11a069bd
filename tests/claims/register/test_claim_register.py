"""The register of statements: versions, fixed goods, links, texts, and nothing lost."""

from __future__ import annotations

import json
import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from claim_kills import killed_writer, lost

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.claims.claim import Action, Claim, ClaimLink, ClaimWords, NamedGoods, Relation, Speaker, Stance
from stopgap.claims.claim_file import claim_from
from stopgap.claims.register.events import claim_id
from stopgap.claims.register.register import find_claim, register_claim, withdraw_claim
from stopgap.claims.register.statement_files import source_of
from stopgap.claims.register.texts import (
    LOG,
    find_text,
    import_texts,
    list_texts,
    read_register,
    stored_text,
    text_path,
)
from stopgap.claims.register.views import ClaimFilter, list_claims, show_claim
from stopgap.codes.goods import load_goods
from stopgap.sources.texts import read_texts

BRIEFING = "MS. ROE: Thank you.\n\nThey have been backfilling the trade, all of it. Next question.\n"
SAID = "They have been backfilling the trade"


def made(**fields):
    claim = Claim(
        id=None, title="China backfills", said_by=Speaker("Jane Roe", "Spokesperson"), said_on="2024-04-08", words=ClaimWords(SAID),
        stance=Stance.ASSERTION, actor="CHN", action=Action.BACKFILL, target="RUS", goods=(NamedGoods("optical"),),
    )  # fmt: skip
    return replace(claim, **fields)


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def briefing(tmp_path):
    path = tmp_path / "briefing.txt"
    path.write_text(BRIEFING)
    [text] = read_texts(path)
    return text


@pytest.fixture
def register(lake):
    def call(claim, **options):
        return register_claim(lake, claim, **{"who": "ann", "when": "2024-05-01T00:00:00Z", **options})

    return call


def test_a_lake_without_statements_has_none(lake):
    assert list_claims(lake) == []
    assert list_texts(lake) == []
    assert not lake.exists()


def test_a_claim_is_registered_with_its_text_and_its_goods(lake, register, briefing):
    done = register(made(), text=briefing)
    claim = done.entry.claim
    start = BRIEFING.index(SAID)
    assert (done.outcome, done.entry.id, len(done.entry.id)) == ("registered", claim_id(made()), 12)
    assert claim.words == ClaimWords(SAID, start, start + len(SAID), "briefing.txt", briefing.sha256)
    assert claim.goods[0].version == load_goods("optical").version_id
    assert done.entry.current.is_checked
    fixed, broad, headings = done.entry.current.goods
    assert (fixed.breadth, broad.breadth, headings.breadth) == ("narrow", "broad", "headings")
    assert fixed.goods_list().unstable == load_goods("optical").unstable != ()
    assert fixed.goods_list().codes == load_goods("optical").codes
    assert fixed.goods_list().version_id == load_goods("optical").version_id
    shown = show_claim(lake, done.entry.id[:5])
    assert (shown.context.words, shown.context.after) == (SAID, ", all of it.")
    assert stored_text(lake, shown.text) == briefing


def test_the_same_again_changes_nothing(lake, register, briefing):
    register(made(), text=briefing)
    before = LOG.path(lake).read_bytes()
    for text in (briefing, None):
        again = register(made(), text=text, who="bob", when="2024-06-01T00:00:00Z", why="another try")
        assert (again.outcome, again.changed, len(again.entry.versions)) == ("unchanged", (), 1)
    assert LOG.path(lake).read_bytes() == before


def test_a_changed_claim_is_a_new_version_with_its_history(lake, register):
    first = register(made(threshold=0.25))
    with pytest.raises(UsageError, match="differs in threshold") as caught:
        register(made(threshold=0.5))
    assert "--why" in caught.value.fix
    second = register(made(threshold=0.5, note="as agreed"), who="bob", why="typed wrong")
    assert (second.outcome, second.entry.id) == ("changed", first.entry.id)
    assert [(each.field, each.old, each.new) for each in second.changed] == [
        ("threshold", {"share_of_loss": 0.25}, {"share_of_loss": 0.5}),
        ("note", None, "as agreed"),
    ]
    history = show_claim(lake, first.entry.id).as_dict()["history"]
    assert [(each["version"], each["who"], each["why"], len(each["changed"])) for each in history] == [
        (1, "ann", None, 0), (2, "bob", "typed wrong", 2),
    ]  # fmt: skip
    old = show_claim(lake, first.entry.id, version=1)
    assert (old.version.claim.threshold, "version 1 of 2" in old.notes[-1]) == (0.25, True)
    with pytest.raises(NotFoundError, match="no version 3"):
        show_claim(lake, first.entry.id, version=3)


def test_words_are_corrected_under_the_claims_id(register):
    first = register(made())
    corrected = made(id=first.entry.id, words=ClaimWords("They had been backfilling the trade"))
    second = register(corrected, why="misheard")
    assert (second.entry.id, second.entry.current.number) == (first.entry.id, 2)
    assert [each.field for each in second.changed] == ["words"]
    with pytest.raises(NotFoundError, match="c-0000000000"):
        register(made(id="c-0000000000"))


def test_an_id_of_its_own_may_stand_in_a_new_file(register):
    assert register(made(id=claim_id(made()))).outcome == "registered"


def test_a_claim_on_the_same_words_is_told_of(register):
    first = register(made())
    second = register(made(actor="TUR"))
    assert first.entry.id in second.notes[0]
    assert register(made(said_on="2024-04-09")).notes == ()


def test_an_edited_list_moves_no_claim(tmp_path, register):
    goods = tmp_path / "mine.csv"
    goods.write_text("code,description\n854231,Processors\n")
    claim = made(goods=(NamedGoods(str(goods)),))
    first = register(claim)
    old = first.entry.claim.goods[0].version
    goods.write_text("code,description\n854231,Processors\n854232,Memories\n")
    assert register(claim).outcome == "unchanged"
    second = register(replace(claim, threshold=0.5), why="threshold")
    assert second.entry.claim.goods[0].version == old
    assert second.entry.current.goods[0].goods_list().codes == ("854231",)
    goods.unlink()
    assert register(replace(claim, threshold=0.5)).outcome == "unchanged"


def test_a_new_version_takes_the_new_list_when_it_names_it(tmp_path, register):
    goods = tmp_path / "mine.csv"
    goods.write_text("code,description\n854231,Processors\n")
    register(made(goods=(NamedGoods(str(goods)),)))
    goods.write_text("code,description\n854232,Memories\n")
    new = load_goods(str(goods)).version_id
    second = register(made(goods=(NamedGoods(str(goods), version=new),)), why="the list was wrong")
    assert [each.field for each in second.changed] == ["goods"]
    assert second.entry.current.goods[0].goods_list().codes == ("854232",)
    with pytest.raises(InputError, match="no version 'file\\+0'") as caught:
        register(made(goods=(NamedGoods(str(goods), version="file+0"),)), why="x")
    assert new in caught.value.fix


def test_narrow_and_broad_lists_are_both_fixed_and_weapons_have_none(register):
    done = register(made(goods=(NamedGoods("propellants", "propellants"), NamedGoods("weapons"))))
    assert [(each.named, each.list, each.breadth) for each in done.entry.current.goods] == [
        ("propellants", "propellants-narrow", "narrow"), ("propellants", "propellants-broad", "broad"),
    ]  # fmt: skip
    narrow, weapons = done.entry.claim.goods
    assert (narrow.version, weapons.version) == (load_goods("propellants").version_id, None)


def test_links_are_shown_on_both_sides(lake, register):
    first = register(made()).entry.id
    denial = made(
        stance=Stance.DENIAL, said_by=Speaker("Li"), words=ClaimWords("No."), links=(ClaimLink(Relation.DENIES, first),)
    )
    second = register(denial).entry.id
    assert [(each["relation"], each["claim"]) for each in show_claim(lake, first).as_dict()["links_from"]] == [
        ("denies", second)
    ]
    assert [(each["relation"], each["claim"]) for each in show_claim(lake, second).as_dict()["links_to"]] == [
        ("denies", first)
    ]
    with pytest.raises(NotFoundError, match="not registered"):
        register(replace(denial, links=(ClaimLink(Relation.DENIES, "c-0000000000"),)), why="x")
    with pytest.raises(InputError, match="itself"):
        register(replace(denial, links=(ClaimLink(Relation.DENIES, second),)), why="x")
    withdraw_claim(lake, second, who="ann", when="now", why="misread")
    assert show_claim(lake, first).links_from == ()


def test_a_withdrawn_claim_stays_in_the_register(lake, register):
    entry = register(made()).entry
    with pytest.raises(UsageError, match="reason"):
        withdraw_claim(lake, entry.id, who="ann", when="t", why=" ")
    gone = withdraw_claim(lake, entry.id, who="bob", when="2024-07-01T00:00:00Z", why="misquoted")
    assert (gone.status, list_claims(lake)) == ("withdrawn", [])
    assert [each.id for each in list_claims(lake, ClaimFilter(withdrawn=True))] == [entry.id]
    assert "misquoted" in show_claim(lake, entry.id).notes[-1]
    with pytest.raises(RefusedError, match="already"):
        withdraw_claim(lake, entry.id, who="bob", when="t", why="again")
    with pytest.raises(UsageError, match="was withdrawn"):
        register(made())
    back = register(made(), why="it was right")
    assert (back.outcome, back.entry.status, back.entry.current.number) == ("restored", "active", 2)
    assert [each["event"] for each in back.entry.history()] == ["registered", "withdrawn", "registered"]


def test_a_draft_needs_a_yes(lake, register):
    draft = {"words": SAID, "confidence": 0.8}
    with pytest.raises(RefusedError, match="person's yes"):
        register(made(), draft=draft)
    assert list_claims(lake) == []
    done = register(made(), draft=draft, yes="bob")
    assert (done.entry.current.draft, done.entry.current.yes, done.entry.current.who) == (draft, "bob", "ann")


def test_offsets_without_their_text_are_unchecked_until_it_comes(lake, register, briefing):
    start = BRIEFING.index(SAID)
    claim = made(words=ClaimWords(SAID, start, start + len(SAID), "briefing.txt"))
    done = register(claim)
    assert not done.entry.current.is_checked
    assert "not at hand" in done.notes[0]
    assert "unchecked" in show_claim(lake, done.entry.id).notes[0]
    checked = register(claim, text=briefing, why="the text came")
    assert checked.entry.current.is_checked
    assert [each.field for each in checked.changed] == ["source"]


def test_a_text_of_the_register_is_taken_by_its_hash(lake, register, briefing, tmp_path):
    import_texts(lake, [tmp_path / "briefing.txt"], who="ann", when="t")
    done = register(made(words=ClaimWords(SAID, sha256=briefing.sha256)))
    assert done.entry.claim.words.start == BRIEFING.index(SAID)
    with pytest.raises(InputError, match="do not stand"):
        register(made(words=ClaimWords("They never said so", sha256=briefing.sha256)))


def test_texts_are_stored_once(lake, tmp_path, briefing):
    copy = tmp_path / "copy.txt"
    copy.write_text(BRIEFING)
    first = import_texts(lake, [tmp_path / "briefing.txt", copy], who="ann", when="t")
    again = import_texts(lake, [copy], who="bob", when="u")
    assert [each.is_new for each in (*first, *again)] == [True, False, False]
    [stored] = list_texts(lake)
    assert (stored.name, stored.who, stored.characters) == ("briefing.txt", "ann", len(BRIEFING))
    register = read_register(lake)
    assert find_text(register, briefing.sha256[:8]) == find_text(register, "briefing.txt") == stored
    with pytest.raises(NotFoundError):
        find_text(register, "copy.txt")
    with pytest.raises(NotFoundError):
        import_texts(lake, [copy, tmp_path / "absent.txt"], who="ann", when="t")


def test_a_changed_text_is_told_of_and_hides_no_claim(lake, register, briefing):
    entry = register(made(), text=briefing).entry
    text_path(lake, briefing.sha256).write_text("other")
    shown = show_claim(lake, entry.id)
    assert (shown.context, shown.version.claim.title) == (None, "China backfills")
    assert "not what was stored" in shown.notes[0]
    with pytest.raises(InputError, match="damaged"):
        stored_text(lake, shown.text)
    text_path(lake, briefing.sha256).unlink()
    assert "cannot be read" in show_claim(lake, entry.id).notes[0]


def test_which_record_of_a_file_is_meant(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in ("One said so.", "Two said so.")))
    assert source_of(ClaimWords("Two said so."), tmp_path, path).record == 2
    assert source_of(ClaimWords("x", source="absent.txt"), tmp_path, None) is None
    with pytest.raises(InputError, match="2 of the 2 records"):
        source_of(ClaimWords("said so."), tmp_path, path)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ClaimFilter(), ["d", "c", "b", "a"]),
        (ClaimFilter(actor="chn"), ["b", "a"]),
        (ClaimFilter(target="RUS", stance="denial"), ["b"]),
        (ClaimFilter(speaker="SPOKES"), ["d", "c", "a"]),
        (ClaimFilter(speaker="li"), ["b"]),
        (ClaimFilter(actor="THIRD"), ["d"]),
    ],
)
def test_the_list_is_filtered_and_the_latest_comes_first(lake, register, wanted, found):
    register(made(title="a"))
    register(made(title="b", actor="companies:CHN", stance=Stance.DENIAL, said_by=Speaker("Li"), said_on="2024-04-09"))
    register(made(title="c", actor="TUR", said_on="2024-04-10"))
    register(made(title="d", actor="companies:THIRD", said_on="2024-04-11"))
    assert [each.claim.title for each in list_claims(lake, wanted)] == found


def test_claims_are_found_by_the_beginning_of_an_id(lake, register):
    entry = register(made()).entry
    assert find_claim(read_register(lake), entry.id[:4]).id == entry.id
    for wanted in ("c-", "c-zzzz"):
        with pytest.raises(NotFoundError):
            find_claim(read_register(lake), wanted)


def test_writers_take_turns(lake, register):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda day: register(made(said_on=f"2024-04-{day:02}")), range(1, 13)))
    assert len(list_claims(lake)) == 12


def test_a_damaged_line_is_named(lake, register):
    register(made())
    with LOG.path(lake).open("a") as log:
        log.write('{"format": 1, "event": "registered", "id": "c-1"}\n')
    with pytest.raises(InputError, match="register of statements is damaged") as caught:
        list_claims(lake)
    assert "line 2" in caught.value.where


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_lake_that_cannot_be_written_is_refused(tmp_path, register):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RefusedError, match="register of statements"):
            register(made())
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_texts_is_refused(lake, register, briefing):
    (lake / "claims").mkdir(parents=True)
    (lake / "claims" / "texts").write_text("")
    with pytest.raises(RefusedError, match="register of statements cannot be kept"):
        register(made(), text=briefing)
    assert list_claims(lake) == []


@pytest.mark.prove_only
def test_twenty_kills_lose_nothing_that_was_reported(lake):
    draw = random.Random(5)
    told = []
    for number in range(20):
        told += killed_writer(lake, number * 1000, draw.uniform(0, 0.06))
    assert len(told) >= 20
    assert lost(lake, told) == []
    assert register_claim(lake, made(), who="ann", when="t").outcome == "registered"


def test_what_is_in_the_log_reads_back_as_the_claim(lake, register):
    entry = register(made()).entry
    [event] = LOG.read(lake)
    assert claim_from(event["claim"]) == entry.claim
    assert event["yes"] == "ann"


def test_a_list_that_is_no_longer_known_hides_no_claim(lake, register):
    entry = register(made()).entry
    path = LOG.path(lake)
    path.write_text(path.read_text().replace('"optical"', '"a-list-of-old"').replace("optical 2", "a-list-of-old 2"))
    shown = show_claim(lake, entry.id)
    assert shown.version.claim.goods[0].name == "a-list-of-old"
    assert len(shown.version.goods[0].codes) == len(load_goods("optical").codes)
