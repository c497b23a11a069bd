"""With which rights a job is done: the lower of those at its submission and those now."""

from __future__ import annotations

import pytest

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.jobs.standing import as_now
from stopgap.service.principal import PersonRole, Principal

GREEN, AMBER = Marking(Tlp.GREEN), Marking(Tlp.AMBER)
AMBER_DEU = Marking(Tlp.AMBER, frozenset({"DEU"}))
AMBER_FRA = Marking(Tlp.AMBER, frozenset({"FRA"}))


@pytest.mark.parametrize(
    ("then", "now", "done_with"),
    [
        (AMBER, GREEN, GREEN),
        (GREEN, AMBER, GREEN),
        (None, GREEN, GREEN),
        (GREEN, None, GREEN),
        (None, None, None),
        (AMBER_DEU, AMBER, AMBER),
        (AMBER_DEU, AMBER_FRA, Marking(Tlp.AMBER, frozenset({"DEU", "FRA"}))),
    ],
)
def test_a_job_sees_what_both_clearances_admit(
    then: Marking | None, now: Marking | None, done_with: Marking | None
) -> None:
    found = as_now(Principal("ann", PersonRole.ADMIN, then), Principal("ann", PersonRole.ANALYST, now))
    assert (found.clearance, found.role) == (done_with, PersonRole.ANALYST)


def test_nobody_who_may_not_submit_jobs_now_has_them_done() -> None:
    asked = Principal("ann", PersonRole.ANALYST)
    with pytest.raises(RefusedError, match="viewer"):
        as_now(asked, Principal("ann", PersonRole.VIEWER))
    with pytest.raises(RefusedError, match="no longer"):
        as_now(asked, None)
