"""Notes are ordered by their effect, and crucial ones are never left out."""

from __future__ import annotations

import copy
import json
import pickle

from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.notes import LARGE_SHARE, MOST_SHOWN, WIDTH, Effect, Note, Summary, as_note, of_another, shortened

WORDS = st.text("abcdefgh ,;:()", min_size=1, max_size=300).map(str.strip).filter(bool)
NOTES = st.builds(
    Note, WORDS, st.sampled_from(Effect), share=st.none() | st.floats(0, 2), short=st.sampled_from(["", "in short"])
)
SUMMARIES = st.builds(
    Summary,
    title=WORDS,
    measured=st.lists(WORDS, max_size=2, unique=True),
    notes=st.lists(NOTES | WORDS, max_size=12),
    assumptions=st.lists(WORDS, max_size=4),
    details=st.lists(WORDS, max_size=4),
)


@given(SUMMARIES)
def test_nothing_is_lost_and_few_lines_are_shown(summary: Summary) -> None:
    shown, more = summary.shown(), summary.more()
    assert len(shown) <= MOST_SHOWN
    assert shown[: len(summary.measured)] == list(summary.measured)
    lines = {*shown, *more}
    for note in summary.notes:
        assert f"note: {note}" in lines
        assert f"note: {note}" in summary.lines()
    for text in summary.assumptions:
        assert {f"assumes: {text}", f"note: {text}"} & lines
    assert set(summary.details) <= lines


@given(SUMMARIES)
def test_what_is_crucial_is_shown(summary: Summary) -> None:
    shown = "\n".join(summary.shown())
    for note in map(as_note, summary.notes):
        held = [each for each in summary.notes if each == note]  # of equal texts the last one counts
        if as_note(held[-1]).is_crucial:
            assert as_note(held[-1]).short in shown


@given(st.lists(NOTES, max_size=8, unique=True))
def test_the_larger_effect_comes_first(notes: list[Note]) -> None:
    weights = {f"note: {note}": note.weight for note in notes}
    told = [weights[line] for line in Summary("", notes=notes).lines()[1:]]
    assert told == sorted(told, reverse=True)


def test_the_classes_stand_in_their_order() -> None:
    assert [effect.value for effect in Effect] == sorted((effect.value for effect in Effect), reverse=True)


def test_a_larger_silent_share_comes_earlier() -> None:
    small, large = Note("a is silent", Effect.MISSING, share=0.03), Note("b is silent", Effect.MISSING, share=0.2)
    model, cannot = Note("one model", Effect.MODEL), Note("no telling", Effect.CANNOT_TELL)
    told = Summary("t", ["what", "whose"], [small, model, large, cannot])
    assert told.shown() == ["what", "whose", "note: no telling", "note: b is silent"]
    assert told.more() == ["note: one model", "note: a is silent"]


def test_a_large_silent_share_is_never_among_the_rest() -> None:
    notes = [Note(f"cannot tell {name}", Effect.CANNOT_TELL) for name in "abc"]
    told = Summary("t", ["what", "whose"], [*notes, Note("b is silent", Effect.MISSING, share=LARGE_SHARE)])
    assert told.shown()[2:] == ["note: cannot tell a; cannot tell b; cannot tell c", "note: b is silent"]


def test_a_note_is_text_for_documents_and_keeps_its_effect_in_copies() -> None:
    note = Note("a is silent", Effect.MISSING, share=-0.3, short="a")
    assert json.dumps([note]) == '["a is silent"]'
    for other in (copy.deepcopy(note), pickle.loads(pickle.dumps(note)), note.changed(str)):
        assert (other, other.effect, other.share, other.short) == ("a is silent", Effect.MISSING, 0.3, "a")
    assert note.changed(str.upper).short == "A"


def test_the_notes_of_another_measure_are_not_crucial() -> None:
    [told] = of_another([Note("no interval", Effect.NO_INTERVAL)])
    assert (told, told.is_crucial, told.weight) == ("no interval", False, Effect.MODEL.value)


@given(WORDS)
def test_a_shortened_note_is_the_beginning_of_it(text: str) -> None:
    short = shortened(text)
    assert len(short) <= WIDTH
    assert short == text or text.startswith(short.removesuffix(" …"))
