"""The basis stands once in full; each later figure says in a short line what differs from it."""

from __future__ import annotations

import brief_fixture as fixture

from stopgap.base.vocab import BriefForm
from stopgap.briefs.basis import own_data, same_basis
from stopgap.briefs.story import tell
from stopgap.briefs.wording import counterfactual_fact, facts


def test_the_basis_stands_before_every_figure_that_refers_to_it() -> None:
    model = fixture.model()
    story = tell(model)
    keys = [section.key for section in story.sections]
    assert keys[0] == "basis"
    told = story.sections[0].facts
    wanted = (
        *facts(model.headline, model.goods_titles, model.names, model.members),
        counterfactual_fact(model.headline),
    )
    assert set(wanted) <= set(told)
    assert ("Codes; sources", "composite codes, H6; comtrade-pairs") in told
    assert sum(bool(section.facts) for section in story.sections) == 1
    short, full = (tell(model, form).first.basis for form in (BriefForm.FULL, BriefForm.ONE_PAGE))
    assert [term for term, _ in short] == ["Goods list", "Report", "Vintage", "Coverage", "All of the basis"]
    assert [term for term, _ in full] == [term for term, _ in told]


def test_every_later_caption_is_short_and_says_route_and_denominator_where_they_differ() -> None:
    for model in (fixture.model(), fixture.imports()):
        figures = {s.key: s.figure for s in tell(model).sections if s.figure is not None}
        assert len(figures) >= 5
        assert all(figure.caption.startswith("Basis as above") for figure in figures.values())
        for key in ("routes", "monthly", "hub"):
            assert key not in figures or "route: " in figures[key].caption
        assert all("denominator" in figures[key].caption for key in figures)
        assert all(model.as_of not in figure.caption for figure in figures.values())


def test_data_of_its_own_is_named_and_that_of_the_basis_is_not() -> None:
    model = fixture.model()
    same = "Goods machinery-electronics (2026-11:9f2c41d0), exporter's report, FOB, composite H6; source comtrade-pairs"
    assert own_data(model, same) == ""
    for other in (
        same.replace("FOB", "CIF"),
        same.replace("exporter", "importer"),
        same.replace("comtrade-pairs", "atlas"),
    ):
        assert own_data(model, other) == other


def test_what_differs_follows_the_basis() -> None:
    assert same_basis() == "Basis as above."
    assert same_basis("", "route: into and out of Armenia") == "Basis as above; route: into and out of Armenia."
