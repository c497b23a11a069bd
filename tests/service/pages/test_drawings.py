"""Drawings of tables that were sent: held for the one who drew them, as far as the clearance goes, and not for ever."""

from __future__ import annotations

import pytest
from service_app import someone

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.pages.views import PageContent
from stopgap.service.pages.drawings import MOST_HELD, Drawings
from stopgap.service.principal import PersonRole

AMBER, GREEN = Marking(Tlp.AMBER), Marking(Tlp.GREEN)
PAGE = PageContent("companies/owned.html", "Who owns a firm", {"sentence": "a secret"})


def test_a_drawing_is_held_without_the_rest_of_its_page_for_the_one_who_drew_it() -> None:
    held = Drawings()
    name = held.keep(PAGE, AMBER, someone(PersonRole.VIEWER, AMBER))
    found = held.find(name, someone(PersonRole.VIEWER, AMBER))
    assert (found.marking, found.content.values) == (AMBER, {})
    for other in (someone(PersonRole.ADMIN, name="bea"), someone(PersonRole.VIEWER, GREEN)):
        with pytest.raises(NotFoundError, match="not held any more"):
            held.find(name, other)


def test_the_oldest_is_dropped_first() -> None:
    held, ann = Drawings(), someone()
    names = [held.keep(PAGE, CLEAR, ann) for _ in range(MOST_HELD + 1)]
    assert len(set(names)) == MOST_HELD + 1
    with pytest.raises(NotFoundError):
        held.find(names[0], ann)
    assert held.find(names[1], ann).who == "ann"
