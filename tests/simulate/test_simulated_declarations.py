"""Made-up declarations: the same bytes, a truth that is what the lines say, names nobody bears."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stopgap.base.errors import UsageError
from stopgap.simulate import declarations_files
from stopgap.simulate.declarations import COVER, DECOYS, PARTS, SUPPLIER, company_of, make_market, selling_of
from stopgap.simulate.declarations_files import HEADER, MAPPING
from stopgap.simulate.declarations_names import BUSINESS, CHINESE, NOISES, SCRIPTS, STEMS, Bare, spell, spellings
from stopgap.simulate.planting import make_plan
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import write_world

SPEC = world_spec("routing", 5, economies=12, goods=6, baseline_months=12, after_months=6)
LINES = 3000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("declared") / "world"
    write_world(SPEC, folder, declarations=LINES)
    return folder


def truth(world: Path) -> dict[str, Any]:
    return json.loads((world / "truth.json").read_text("utf-8"))  # type: ignore[no-any-return]


def lines(world: Path, name: str = "declarations") -> list[dict[str, str]]:
    with (world / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_options_give_the_same_bytes_and_the_figures_do_not_change(world: Path, tmp_path: Path) -> None:
    write_world(SPEC, tmp_path / "again", declarations=LINES)
    write_world(SPEC, tmp_path / "without")
    for path in world.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "without" / "trade.csv").read_bytes() == (world / "trade.csv").read_bytes()
    bare = json.loads((tmp_path / "without" / "truth.json").read_text("utf-8"))
    assert bare == {name: value for name, value in truth(world).items() if name != "declarations"}
    assert not (tmp_path / "without" / "listed.csv").exists()


def test_another_seed_gives_other_companies(world: Path, tmp_path: Path) -> None:
    other = world_spec("routing", 6, economies=12, goods=6, baseline_months=12, after_months=6)
    write_world(other, tmp_path / "other", declarations=LINES)
    names = [
        {company["name"] for company in truth(each)["declarations"]["companies"]}
        for each in (world, tmp_path / "other")
    ]
    assert not names[0] & names[1]


def test_the_truth_is_what_the_lines_say(world: Path) -> None:
    """Sums over the file, done without the simulator's own arrays."""
    whole = truth(world)
    told, episode = whole["declarations"], whole["episode"]
    companies = told["companies"]
    named = {alias["name"]: company["company"] for company in companies for alias in company["aliases"]}
    hubs, members, goods = set(episode["hubs"]), set(episode["members"]), set(episode["goods"])
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    total: Counter[str] = Counter()
    for row in lines(world):
        if row["destination_country"] != episode["target"] or row["tariff_code"][:6] not in goods:
            continue
        in_window = told["window"][0] <= row["declaration_date"][:7] <= told["window"][1]
        if len(row["tariff_code"]) < 6:
            continue
        hub = row["departure_country"] if row["departure_country"] in hubs else row["sender_country"]
        cents = round(float(row["invoice_value"]) * 100) if row["invoice_value"] else 0
        figures = {"value_usd": cents, "lines": 1, "lines_without_value": int(not row["invoice_value"])}
        if hub in hubs and not row["country_of_origin"]:
            figures["route_unknown_usd"] = cents
        elif hub in hubs and row["country_of_origin"] != hub:
            figures["through_hubs_usd"] = cents
            if row["country_of_origin"] in members:
                figures["coalition_made_usd"] = cents
        for party, column in (("exporter", "sender"), ("importer", "receiver"), ("consignee", "consignee")):
            if name := row[f"{column}_name"]:
                seen[(party, named[name])].append(row["declaration_date"])
                if in_window:
                    sums[(party, named[name])].update(figures)
        if in_window:
            total.update(figures)
    money = [name for name in told["totals"] if name.endswith("_usd")]
    for name in money:
        assert told["totals"][name] == pytest.approx(total[name] / 100)
    assert (told["totals"]["lines"], told["totals"]["lines_without_value"]) == (
        total["lines"],
        total["lines_without_value"],
    )
    assert total["through_hubs_usd"] > 0
    for company in companies:
        assert set(company["parties"]) == {party for party, code in seen if code == company["company"]}
        for party, figures in company["parties"].items():
            found, days = sums[(party, company["company"])], sorted(seen[(party, company["company"])])
            assert [figures["lines"], figures["lines_without_value"]] == [found["lines"], found["lines_without_value"]]
            assert all(figures[name] == pytest.approx(found[name] / 100) for name in money)
            assert (figures["first_seen"], figures["last_seen"]) == (days[0], days[-1])


def test_no_economy_declares_more_than_the_share_of_its_exports_that_is_planted(world: Path) -> None:
    whole = truth(world)
    declared: Counter[str] = Counter()
    window = whole["declarations"]["window"]
    bystanders = {
        alias["name"]
        for company in whole["declarations"]["companies"]
        if company["part"] == "bystander"
        for alias in company["aliases"]
    }
    for row in lines(world):
        in_window = window[0] <= row["declaration_date"][:7] <= window[1]
        is_wanted = row["tariff_code"][:6] in whole["episode"]["goods"] and row["sender_name"] not in bystanders
        if in_window and is_wanted and row["invoice_value"]:
            declared[row["sender_country"]] += float(row["invoice_value"])
    years = SPEC.after_months / 12
    official = {row["supplier"]: row["after_usd"] * years for row in whole["backfill"]["suppliers"]}
    official |= {row["supplier"]: row["after_usd"] * years for row in whole["loss"]["members"]}
    assert sum(declared.values()) > 0
    for economy, value in declared.items():
        assert value <= COVER * official[economy] * 1.001


def test_who_plays_which_part(world: Path) -> None:
    told = truth(world)["declarations"]
    parts = Counter(company["part"] for company in told["companies"])
    assert set(parts) == set(PARTS)
    for company in told["companies"]:
        if company["part"] == "bystander":
            assert company["parties"] == {}
        if company["part"] in ("importer", "end user"):
            assert "exporter" not in company["parties"]
    assert all(len(cluster) == 3 for cluster in told["clusters"])


def test_the_list_and_the_register_hold_what_the_truth_says(world: Path) -> None:
    told = truth(world)["declarations"]["companies"]
    listed = lines(world, "listed")
    planted = {company["listed_as"] for company in told if company["listed_as"]}
    assert len(listed) == len(planted) + DECOYS
    assert planted < {row["entity_id"] for row in listed}
    register = {row["identifier"]: row["founded_on"] for row in lines(world, "register")}
    for company in told:
        if company["identifier"] in register:
            assert register[company["identifier"]] == company["founded_on"]
            assert company["in_register"]


def test_numbers_and_names_belong_to_one_company(world: Path) -> None:
    told = truth(world)["declarations"]["companies"]
    numbers = [company["identifier"] for company in told]
    assert len(set(numbers)) == len(numbers)
    names = [alias["name"] for company in told for alias in company["aliases"]]
    assert len(set(names)) == len(names)
    assert {alias["script"] for company in told for alias in company["aliases"]} == set(SCRIPTS)
    assert {noise for company in told for alias in company["aliases"] for noise in alias["noise"]} == set(NOISES)


def test_what_one_company_is_does_not_depend_on_the_others() -> None:
    market = make_market(make_plan(SPEC), LINES)
    order = list(range(market.count))
    first = [company_of(market, number) for number in order]
    assert [company_of(market, number) for number in order[::-1]] == first[::-1]
    assert selling_of(market, int(market.of_part("importer")[0])) is None
    sellers = [selling_of(market, int(number)) for number in market.of_part(SUPPLIER)]
    assert all(selling is not None and selling.customers for selling in sellers)
    assert market.line_counts().sum() == LINES


def test_files_of_many_lines_are_numbered_and_the_same(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    monkeypatch.setattr(declarations_files, "PLAIN_LINES", 1000)
    monkeypatch.setattr(declarations_files, "LINES_PER_FILE", 1000)
    written = write_world(SPEC, tmp_path / "parts", declarations=LINES)
    assert len(written.declarations) >= 2
    text = [gzip.decompress(path.read_bytes()).decode() for path in written.declarations]
    assert all(part.startswith(HEADER) for part in text)
    assert "".join(part.removeprefix(HEADER) for part in text) == (world / "declarations.csv").read_text(
        "utf-8"
    ).removeprefix(HEADER)


@pytest.mark.parametrize("count", [1, 99, 10**9])
def test_numbers_of_lines_that_cannot_be_had(count: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_world(SPEC, tmp_path / "world", declarations=count)
    assert not (tmp_path / "world").exists()


def test_a_world_without_hubs_has_no_intermediaries(tmp_path: Path) -> None:
    spec = world_spec("basic", 1, economies=6, goods=2, hubs=0, baseline_months=12, after_months=3)
    told = write_world(spec, tmp_path / "world", declarations=200).truth["declarations"]
    assert "intermediary" not in {company["part"] for company in told["companies"]}
    assert told["totals"]["through_hubs_usd"] == 0


@pytest.mark.parametrize("script", SCRIPTS)
def test_spellings_say_what_they_changed(script: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        bare = Bare(
            int(rng.integers(STEMS)), script == CHINESE, int(rng.integers(len(BUSINESS))), int(rng.integers(9)), script
        )
        first, *others = spellings(bare, 6, rng)
        assert (first.text, first.noises) == (bare.registered(), ())
        assert all(other.noises and other.text != first.text for other in others)
        plain = spell(bare, (), rng)
        assert plain == first


def test_the_mapping_reads_every_column_that_is_written() -> None:
    columns = HEADER.strip().split(",")
    assert all(column in MAPPING for column in columns)
