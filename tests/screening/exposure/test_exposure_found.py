"""What is planted in simulated declarations is found: dollars, routes, registers, groups (the long proof is in bench/)."""

from __future__ import annotations

import pytest
from exposure_lake import stand
from exposure_scores import Scores, score

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.entities import Identifier, ListedEntity, ListedName
from stopgap.screening.exposure.lookups import ListSearch
from stopgap.screening.exposure.request import ExposureRequest
from stopgap.screening.exposure.run import Helpers, exposure, exposure_options
from stopgap.screening.index.name_index import NameIndex
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import WrittenWorld, write_world


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenWorld:
    folder = tmp_path_factory.mktemp("found") / "world"
    spec = world_spec("routing", 3, economies=14, goods=8, baseline_months=12, after_months=6)
    made = write_world(spec, folder, declarations=4000)
    import_paths(folder / "lake", list(made.declarations), ImportRequest(mapping=str(folder / "declarations.yml")))
    return made


def scored(written: WrittenWorld, merge: str, **helpers: object) -> Scores:
    options = exposure_options(ExposureRequest(merge=merge, limit=0, register=written.folder / "register.csv"))
    found = exposure(written.folder / "lake", str(written.episode), options, helpers=Helpers(**helpers))  # type: ignore[arg-type]
    return score(found, written.truth["declarations"])


def near(scores: Scores) -> float:
    return sum(1 for value in scores.values if abs(value - 1) < 0.01) / len(scores.values)


def test_numbers_and_equal_names_never_join_two_companies(written: WrittenWorld) -> None:
    by_number, by_name = scored(written, "identifier"), scored(written, "name")
    assert by_number.names.precision == by_name.names.precision == 1.0
    assert by_name.names.recall is not None
    assert by_number.names.recall is not None
    assert by_name.names.recall > 0.7 > by_number.names.recall
    assert near(by_name) > 0.6
    assert max(by_name.values) <= 1 + 1e-9  # nothing is counted twice


def test_the_matcher_finds_other_scripts_and_typos_and_joins_no_two_companies(written: WrittenWorld) -> None:
    alike, equal = scored(written, "similar", build=NameIndex.build), scored(written, "name")
    assert (alike.names.recall or 0) > max(0.85, (equal.names.recall or 0) + 0.05)
    assert (alike.names.precision or 0) > 0.99
    assert near(alike) > near(equal)
    assert sum(map(abs, alike.route_errors)) / len(alike.route_errors) < 0.01


def test_routes_registers_and_groups_are_found(written: WrittenWorld) -> None:
    found = scored(written, "name")
    assert sum(map(abs, found.route_errors)) / len(found.route_errors) < 0.02
    assert found.new.precision == 1.0
    assert (found.new.recall or 0) > 0.95
    assert found.sharing.there > 0
    assert found.sharing.precision == found.sharing.recall == 1.0


def test_listed_companies_are_hit_under_the_right_entry(written: WrittenWorld) -> None:
    told = written.truth["declarations"]["companies"]
    entities = [
        ListedEntity(
            company["listed_as"], "made-up", None, "Company", tuple(ListedName(alias["name"]) for alias in company["aliases"]),
            (company["economy"],), identifiers=(Identifier("id", company["identifier"]),),
        )
        for company in told
        if company["listed_as"]
    ]  # fmt: skip
    found = scored(written, "name", search=ListSearch(stand(entities), (("made-up", None),)))
    assert found.lists.there > 0
    assert (found.lists.recall or 0) > 0.9
