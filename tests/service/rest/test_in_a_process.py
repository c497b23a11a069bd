"""The service as a process of its own, as a user starts it: what it loads, and what it hides, lets every address answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import ServedProcess, served

EPISODE = "russia-2022"


@pytest.fixture(scope="module")
def running(
    demo_lake: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServedProcess, dict[str, str]]]:
    """The service on the figures of the demo, and the headers of someone who signed in."""
    lake = tmp_path_factory.mktemp("process") / "lake"
    shutil.copytree(demo_lake, lake)
    with served(lake) as service:
        yield service, {"cookie": service.sign_in()}


@pytest.mark.prove_only
def test_the_second_opinion_has_the_library_that_fits_it(running: tuple[ServedProcess, dict[str, str]]) -> None:
    service, headers = running
    status, _, body = service.ask("GET", f"/api/v1/episodes/{EPISODE}/counterfactual", headers=headers)
    assert status == 200, body[:500]
    assert json.loads(body)["episode"] == EPISODE


@pytest.mark.prove_only
def test_every_address_that_needs_no_more_than_an_episode_answers(
    running: tuple[ServedProcess, dict[str, str]],
) -> None:
    service, headers = running
    paths = json.loads(service.ask("GET", "/openapi.json", headers=headers)[2])["paths"]
    asked = [path for path, each in paths.items() if "get" in each and _needs_only_an_episode(path, each["get"])]
    assert len(asked) > 25
    found = {path: service.ask("GET", path.replace("{episode}", EPISODE), headers=headers)[0] for path in asked}
    assert {path: status for path, status in found.items() if status >= 500} == {}


def _needs_only_an_episode(path: str, operation: dict[str, Any]) -> bool:
    needed = [each for each in operation.get("parameters", []) if each.get("required")]
    return all(each["name"] == "episode" for each in needed) and "events" not in path
