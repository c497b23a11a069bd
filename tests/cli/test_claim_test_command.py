"""Claims tested through the command line."""

from __future__ import annotations

import pytest
import yaml

import stopgap

CLAIM = {
    "said_by": {"name": "Jane Roe"}, "said_on": "2024-04-08", "actor": "CHN", "action": "backfill", "target": "RUS",
    "goods": ["machinery-electronics"], "words": "They have been backfilling", "source": {"quoted": False},
}  # fmt: skip


@pytest.fixture
def claim_file(tmp_path):
    def write(**changes):
        path = tmp_path / "claim.yml"
        path.write_text(yaml.safe_dump({**CLAIM, **changes}))
        return path

    return write


def test_a_claim_file_is_tested(stopgap_run, demo_lake, claim_file):
    ran = stopgap_run("claims", "test", claim_file(), "--lake", demo_lake, "--format", "json")
    assert ran.code == 0
    assert (ran.document["verdict"], ran.document["claim_id"]) == ("partly supported", "unregistered")
    assert [each["id"] for each in ran.document["hypotheses"]] == [
        "share", "shipped", "inflow_share", "rose", "net", "through-hubs",
    ]  # fmt: skip


def test_what_cannot_be_tested_is_an_answer_too(stopgap_run, demo_lake, claim_file):
    ran = stopgap_run("claims", "test", claim_file(action="other"), "--lake", demo_lake)
    assert ran.code == 0
    assert "not testable" in ran.out
    assert "what is claimed is not trade" in ran.out.lower()


@pytest.mark.prove_only
def test_months_are_the_table_where_they_are_asked_for(stopgap_run, demo_lake, claim_file):
    words = ("claims", "test", claim_file(), "--lake", demo_lake, "--by-month")
    assert "partly supported throughout, 2023-12 to 2024-12" in stopgap_run(*words).out
    rows = stopgap_run(*words, "--format", "csv").out.splitlines()
    assert rows[0] == "month,verdict,estimate,ci95_low,ci95_high"
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "no claim is named"),
        (("c-1", "--all"), 2, "exclude each other"),
        (("c-none",), 4, "no claim 'c-none'"),
        (("none.yml",), 4, "no file at none.yml"),
    ],
)
def test_what_is_no_claim_is_an_error(stopgap_run, demo_lake, words, code, says):
    ran = stopgap_run("claims", "test", *words, "--lake", demo_lake)
    assert (ran.code, says in ran.err) == (code, True)


def test_an_unknown_episode_is_an_error_of_the_option(stopgap_run, demo_lake, claim_file):
    ran = stopgap_run("claims", "test", claim_file(), "--episode", "none", "--lake", demo_lake)
    assert ran.code == 4


@pytest.mark.prove_only
def test_registered_claims_are_tested_together(stopgap_run, two_claims):
    ran = stopgap_run("claims", "test", "--all", "--lake", two_claims, "--format", "json")
    assert [each["verdict"] for each in ran.document["claims"]] == ["partly supported", "supported"]
    again = stopgap_run("claims", "test", "--all", "--lake", two_claims, "--format", "json").document["claims"]
    assert [(each["before"]["verdict"], each["changed"]) for each in again] == [
        ("partly supported", False),
        ("supported", False),
    ]
    assert "2 claims tested" in stopgap_run("claims", "test", "--all", "--lake", two_claims).out


@pytest.mark.prove_only
def test_the_python_interface_takes_an_id_or_a_file(two_claims, claim_file):
    lake = stopgap.open(two_claims)
    [claim] = [each.id for each in lake.claims() if each.claim.action == "backfill"]
    assert lake.claims.test(claim).verdict == lake.claims.test(claim_file()).verdict == "partly supported"


@pytest.fixture
def two_claims(demo_lake, tmp_path, claim_file, stopgap_run):
    import shutil

    lake = tmp_path / "lake"
    shutil.copytree(demo_lake, lake)
    for changes in ({}, {"action": "consequence"}):
        assert stopgap_run("claims", "register", claim_file(**changes), "--by", "ann", "--lake", lake).code == 0
    return lake
