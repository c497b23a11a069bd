"""Assemble the first page of a brief from its model."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.briefs import wording
from stopgap.briefs.charts.replaced import alt_replaced, replaced, replaced_bars
from stopgap.briefs.first_page.reading import ReplacementReading, reading
from stopgap.briefs.first_page.sentences import range_note, range_sentence, sentences
from stopgap.briefs.first_page.strip import known, questions
from stopgap.briefs.first_page.title import title
from stopgap.briefs.formats.text import listing, one_line, shorten
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import ChartPart, FirstPage
from stopgap.briefs.vocabulary import words_of

_LONGEST = 320
"""Characters of one entry of the basis."""


def first_page(model: BriefModel, numbers: Iterator[int]) -> FirstPage:
    """Title, sentences, range, picture, strip and basis of a brief's headline finding."""
    finding = model.headline
    open_questions = questions(finding, model.names)
    return FirstPage(
        title=title(finding, model.names, model.goods_titles, model.members),
        sentences=sentences(finding, model.names, model.goods_titles, model.members),
        range_sentence=range_sentence(finding),
        range_note=range_note(finding),
        figure=_figure(model, numbers),
        strip=(
            ("What we know", known(finding, model.names, model.goods_titles, model.members)),
            ("What we do not know", tuple(each.unknown for each in open_questions)),
            ("What would settle it", tuple(dict.fromkeys(each.settled_by for each in open_questions))),
        ),
        basis=tuple((term, shorten(said, _LONGEST)) for term, said in basis(model)),
    )


def _figure(model: BriefModel, numbers: Iterator[int]) -> ChartPart | None:
    finding, words = model.headline, words_of(model.headline)
    if reading(finding) is ReplacementReading.NO_FIGURES or not replaced_bars(
        finding, model.names, model.goods_titles, model.members
    ):
        return None
    what = f"US dollars a year, and shares of what was lost. Rises of other {words.actors} count good by good, up to the loss"
    if reading(finding) is not ReplacementReading.NONE_ROSE:
        what += "; part of them may have come anyway"
    return ChartPart(
        "replaced",
        next(numbers),
        f"What was lost, and who {words.took} how much",
        f"{what}.",
        "",
        alt_replaced(finding, model.names, model.goods_titles, model.members),
        lambda width: replaced(finding, model.names, model.goods_titles, model.members, width=width),
    )


def basis(model: BriefModel) -> tuple[tuple[str, str], ...]:
    """Basis of the page's numbers as pairs of term and value: denominator, goods, windows, members, sources, marking."""
    finding = model.headline
    return (
        *wording.facts(finding, model.goods_titles, model.names, model.members),
        ("Source", listing(one_line(source) for source in finding.coverage.sources) or "not told"),
        ("Marking", model.marking.label),
    )
