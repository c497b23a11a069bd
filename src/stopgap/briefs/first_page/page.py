"""Assemble the first page of a brief from its model."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.base.vocab import BriefForm
from stopgap.briefs.basis import basis_facts
from stopgap.briefs.charts.replaced import alt_replaced, replaced, replaced_bars
from stopgap.briefs.first_page.reading import ReplacementReading, reading
from stopgap.briefs.first_page.sentences import range_note, range_sentence, sentences
from stopgap.briefs.first_page.strip import known, questions
from stopgap.briefs.first_page.title import title
from stopgap.briefs.formats.text import shorten
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import ChartPart, FirstPage
from stopgap.briefs.value_volume import volume_sentence
from stopgap.briefs.vocabulary import words_of

_LONGEST = 320
"""Characters of one entry of the basis."""
_SHORT = ("Goods list", "Report", "Vintage", "Coverage")
"""Terms of the basis on the first page of the full form, whose next section has all of it."""


def first_page(model: BriefModel, numbers: Iterator[int], form: BriefForm = BriefForm.ONE_PAGE) -> FirstPage:
    """Title, sentences, range, picture, strip and basis of a brief's headline finding.

    The one-page form has the basis in full; in the full form it stands in the next section.
    """
    finding = model.headline
    rests_on = basis_facts(model)
    if form is BriefForm.FULL:
        rests_on = (*((term, said) for term, said in rests_on if term in _SHORT), ("All of the basis", "next section"))
    open_questions = questions(finding, model.names)
    return FirstPage(
        title=title(finding, model.names, model.goods_titles, model.members),
        sentences=sentences(finding, model.names, model.goods_titles, model.members),
        range_sentence=range_sentence(finding),
        range_note=range_note(finding),
        figure=_figure(model, numbers),
        strip=(
            (
                "What we know",
                known(finding, model.names, model.goods_titles, model.members, volume=volume_sentence(model)),
            ),
            ("What we do not know", tuple(each.unknown for each in open_questions)),
            ("What would settle it", tuple(dict.fromkeys(each.settled_by for each in open_questions))),
        ),
        basis=tuple((term, shorten(said, _LONGEST)) for term, said in rests_on),
    )


def _figure(model: BriefModel, numbers: Iterator[int]) -> ChartPart | None:
    finding, words = model.headline, words_of(model.headline)
    if reading(finding) is ReplacementReading.NO_FIGURES or not replaced_bars(model):
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
        alt_replaced(model),
        lambda width: replaced(model, width=width),
    )
