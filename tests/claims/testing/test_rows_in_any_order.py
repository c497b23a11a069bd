"""The figures of a tested statement are the same, to the last digit, in whichever order an engine gives its rows."""

from pathlib import Path

import pytest
from any_order import AnyOrder
from claims_made import made_claim
from simulated_lake import simulated_lake

from stopgap.claims.claim import Action
from stopgap.claims.testing.cases import Findings
from stopgap.claims.testing.run import ClaimTestOptions, verdict_on
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

SMALL = {"economies": 16, "goods": 6, "sanctioned_goods": 3, "members": 4, "after_months": 6}


@pytest.fixture(scope="module")
def lake():
    with simulated_lake(make_world(world_spec("basic", 3, **SMALL))) as made:
        yield made


@pytest.mark.prove_only
@pytest.mark.parametrize("actor", ["one", "THIRD"])
def test_figures_do_not_depend_on_the_order_of_rows(lake, actor):
    actor = lake.world.truth["backfill"]["suppliers"][0]["supplier"] if actor == "one" else actor
    claim = made_claim(actor=actor, action=Action.SUPPLY, target=lake.episode.target, episode=lake.episode.path)

    def tested(engine):
        return verdict_on(Findings(engine, lake.snapshot, Path()), claim, ClaimTestOptions(keep=False)).as_dict()

    expected = tested(lake.engine)
    for seed in range(2):
        engine = AnyOrder(lake.engine, seed)
        assert tested(engine) == expected
        assert {"actor_rows", "actor_cells"} <= engine.shuffled
