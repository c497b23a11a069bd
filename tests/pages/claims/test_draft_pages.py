"""Drafts beside their text: where words are marked, and what a person has to confirm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stopgap.claims.claim import Action, GoodsGroup, Stance
from stopgap.claims.drafting.draft import Draft, DraftGoods, Evidence
from stopgap.pages.claims.draft import CONFIRMED, KEPT, WHOLE, draft_view, fills_of, proposed, text_pieces, unconfirmed
from stopgap.sources.texts.text import source_text

TEXT = "Today Roe said that China supplies chips to Russia. Nothing else."


def draft(text: str = TEXT, **evidence: str) -> Draft:
    start, end = text.index("Roe"), text.index("Russia.") + 7
    found = {
        name: Evidence(words, text.index(words), text.index(words) + len(words), 0.9)
        for name, words in evidence.items()
    }
    return Draft(
        "text.md", start, end, text[start:end], Stance.ASSERTION, "Roe", None, None, ("Roe",), (), "CHN", Action.SUPPLY, "RUS",
        (DraftGoods("chips", GoodsGroup.MICROELECTRONICS),), None, None, 0.9, found,
    )  # fmt: skip


def test_the_words_of_each_field_are_marked_with_its_number() -> None:
    text = source_text("text.md", TEXT, "markdown")
    pieces = text_pieces(text, [draft(speaker="Roe", actor="China", action="supplies", goods="chips")])
    marked = {piece.keys: piece.text for piece in pieces if piece.keys}
    number = {name: CONFIRMED.index(name) + 1 for name in CONFIRMED}
    assert marked == {
        f"1-{number['name']}": "Roe", f"1-{number['actor']}": "China", f"1-{number['action']}": "supplies", f"1-{number['goods']}": "chips",
    }  # fmt: skip
    assert "".join(piece.text for piece in pieces) == TEXT
    assert [piece.text for piece in pieces if piece.draft == 1] == ["Roe"]
    assert "".join(piece.text for piece in pieces if piece.is_claim) == "Roe said that China supplies chips to Russia."


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 60), st.integers(0, 300), st.integers(0, 60))
def test_the_pieces_are_the_text_whatever_is_marked(words: str, first: int, size: int, other: int, length: int) -> None:
    words = words.replace("⁠", "")
    text = source_text("text.txt", words, "plain")
    made = draft()
    spans = {"actor": Evidence("x", min(first, len(words)), min(first + size, len(words)), 0.5)}
    pieces = text_pieces(
        text,
        [
            Draft(
                **{
                    **vars(made),
                    "start": min(other, len(words)),
                    "end": min(other + length, len(words)),
                    "evidence": spans,
                }
            )
        ],
    )
    kept = "".join(piece.text for piece in pieces)
    assert "".join(kept.split()) == "".join(words.split())


def test_only_stretches_without_a_statement_are_cut_in_a_long_text() -> None:
    words = "x" * WHOLE + TEXT + "y" * 10
    pieces = text_pieces(source_text("text.txt", words, "plain"), [draft(words, actor="China")])
    cut = [piece.cut for piece in pieces if piece.cut]
    assert cut == [WHOLE + len("Today ") - 2 * KEPT]
    assert sum(len(piece.text) for piece in pieces) + cut[0] == len(words)


def test_a_field_is_confirmed_by_a_tick_or_by_another_value() -> None:
    values = proposed(draft().as_dict(), source_text("text.md", TEXT, "markdown", meta={"date": "2024-04-08"}))
    assert values["said_on"] == "2024-04-08"
    assert values["goods"] == "microelectronics"
    same = dict(values)
    assert len(unconfirmed(values, same, [])) == len(CONFIRMED)
    assert unconfirmed(values, same, CONFIRMED) == []
    assert unconfirmed(values, {**same, "actor": "IND"}, [name for name in CONFIRMED if name != "actor"]) == []
    assert unconfirmed(values, {**same, "actor": " CHN "}, [name for name in CONFIRMED if name != "actor"]) == ["Actor"]
    assert "Threshold" in unconfirmed(values, {}, [])


def test_only_what_a_person_changed_is_filled_in() -> None:
    values = proposed(draft().as_dict(), source_text("text.md", TEXT, "markdown"))
    assert fills_of(values, values) == {}
    changed = {**values, "target": "BLR", "period": "2023-01 to 2023-12", "threshold": "0.25", "said_on": "2024-04-09"}
    assert fills_of(values, changed) == {
        "target": "BLR",
        "period": "2023-01:2023-12",
        "threshold": "0.25",
        "said_on": "2024-04-09",
    }
    dated = proposed(draft().as_dict(), source_text("text.md", TEXT, "markdown", meta={"date": "2024-04-08"}))
    assert fills_of(dated, dated) == {"said_on": "2024-04-08"}


def test_a_field_without_words_says_where_it_comes_from() -> None:
    view = draft_view(draft(actor="China"), source_text("text.md", TEXT, "markdown"), 1)
    said = {field.name: (field.words, field.why) for field in view.fields}
    assert said["actor"] == ("China", "")
    assert said["office"] == ("", "the text leaves it open")
    assert said["threshold"] == ("", "never read from a text")
    assert said["said_on"] == ("", "the text states no day")
