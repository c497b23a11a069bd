"""The commands of people, tokens and the service, as one who runs a service calls them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_calls import csv_rows

from stopgap.service.state.store import open_state

Run = Callable[..., Any]


def test_a_token_can_be_used_as_the_contract_says(stopgap_run: Run, tmp_path: Path) -> None:
    added = stopgap_run("people", "add", "jane", "--role", "analyst", "--clearance", "amber", "--releasable-to",
                        "deu,FRA", "--format", "json")  # fmt: skip
    assert added.code == 0
    assert {name: added.document[name] for name in ("name", "role", "clearance", "releasable_to", "active")} == {
        "name": "jane", "role": "analyst", "clearance": "TLP:AMBER", "releasable_to": ["DEU", "FRA"], "active": True,
    }  # fmt: skip
    made = stopgap_run("tokens", "new", "jane", "--days", "5", "--format", "json").document
    assert {"token", "name", "role", "clearance", "expires"} <= made.keys()
    assert (made["name"], made["role"], made["clearance"]) == ("jane", "analyst", "TLP:AMBER")
    state = open_state(f"sqlite:///{tmp_path / 'empty-lake' / 'service' / 'service.sqlite'}")
    found = state.principal_of_token(made["token"])
    state.close()
    assert found is not None
    assert (found.name, found.clearance.label if found.clearance else None) == ("jane", "TLP:AMBER REL DEU, FRA")


def test_without_a_clearance_a_person_sees_what_is_clear(stopgap_run: Run) -> None:
    assert (
        stopgap_run("people", "add", "jane", "--role", "admin", "--format", "json").document["clearance"] == "TLP:CLEAR"
    )


def test_people_are_changed_and_removed_and_their_history_stays(stopgap_run: Run) -> None:
    stopgap_run("people", "add", "jane", "--role", "viewer", "--clearance", "GREEN", "--releasable-to", "FRA")
    changed = stopgap_run("people", "change", "jane", "--clearance", "AMBER", "--format", "json").document
    assert (changed["clearance"], changed["releasable_to"]) == ("TLP:AMBER", ["FRA"])
    changed = stopgap_run("people", "change", "jane", "--releasable-to", "none", "--format", "json").document
    assert (changed["clearance"], changed["releasable_to"]) == ("TLP:AMBER", None)
    stopgap_run("people", "remove", "jane")
    listed = stopgap_run("people", "list", "--format", "csv")
    assert [(row["name"], row["active"]) for row in csv_rows(listed.out)] == [("jane", "False")]
    refused = stopgap_run("tokens", "new", "jane", "--format", "json")
    assert (refused.code, refused.document["error"]["code"]) == (5, 5)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("people", "add", "jane"), 2), (("people", "add", "jane", "--role", "owner"), 2),
        (("people", "add", "jane", "--role", "viewer", "--clearance", "PURPLE"), 2),
        (("people", "add", "jane", "--role", "viewer", "--releasable-to", "France"), 2),
        (("people", "remove", "nobody"), 4), (("people", "invite", "nobody"), 4), (("tokens", "new", "nobody"), 4),
        (("tokens", "revoke", "7"), 4), (("tokens", "new", "nobody", "--days", "0"), 2),
        (("service", "restore", "nowhere.zip"), 3), (("people", "list", "--database-url", "nothing"), 2),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(stopgap_run: Run, words: tuple[str, ...], code: int) -> None:
    done = stopgap_run(*words, "--format", "json")
    assert done.code == code
    assert {"what", "where", "fix"} <= done.document["error"].keys()


def test_an_invitation_is_shown_once_with_the_address_of_the_service(stopgap_run: Run) -> None:
    stopgap_run("people", "add", "jane", "--role", "viewer")
    made = stopgap_run("people", "invite", "jane", "--url", "https://stopgap.example.org/", "--format", "json").document
    assert made["link"].startswith("https://stopgap.example.org/sign-in?key=")
    key = made["link"].partition("key=")[2]
    for words in (("people", "list"), ("tokens", "list"), ("service", "audit", "verify")):
        assert key not in stopgap_run(*words, "--format", "json").out


def test_secrets_are_shown_whole_on_a_narrow_terminal(stopgap_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stopgap_run("people", "add", "jane", "--role", "viewer")
    shown = stopgap_run("tokens", "new", "jane").out
    assert any(len(line) == 43 and " " not in line for line in shown.splitlines())
    assert any("/sign-in?key=" in line and len(line.partition("key=")[2]) == 43
               for line in stopgap_run("people", "invite", "jane").out.splitlines())  # fmt: skip
    assert any("/sign-in?key=" in line for line in stopgap_run("service", "link").out.splitlines())


def test_tokens_are_listed_without_secrets_and_revoked(stopgap_run: Run) -> None:
    stopgap_run("people", "add", "jane", "--role", "analyst", "--clearance", "AMBER")
    made = stopgap_run("tokens", "new", "jane", "--label", "report", "--role", "viewer", "--clearance", "GREEN",
                       "--format", "json").document  # fmt: skip
    listed = stopgap_run("tokens", "list", "--format", "json")
    assert made["token"] not in listed.out
    assert [(each["label"], each["role"], each["clearance"]) for each in listed.document["tokens"]] == [
        ("report", "viewer", "TLP:GREEN")
    ]
    assert stopgap_run("tokens", "revoke", made["id"], "--format", "json").document["revoked"] is True
    assert stopgap_run("tokens", "list", "--format", "json").document["tokens"][0]["revoked"] is not None


def test_the_audit_log_is_exported_as_a_chain_and_verified_against_a_head(stopgap_run: Run, tmp_path: Path) -> None:
    stopgap_run("people", "add", "jane", "--role", "viewer")
    stopgap_run("tokens", "new", "jane")
    out = tmp_path / "audit.jsonl"
    done = stopgap_run("service", "audit", "export", out, "--format", "json").document
    assert (done["entries"], done["file"]) == (2, str(out))
    lines = out.read_text("utf-8").splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["people add", "tokens new"]
    body, _, tail = lines[-1].rpartition(',"hash":"')
    assert done["head"] == tail.removesuffix('"}') == hashlib.sha256(f"{body}}}".encode()).hexdigest()
    assert stopgap_run("service", "audit", "verify", "--head", done["head"]).code == 0
    wrong = stopgap_run("service", "audit", "verify", "--head", "0" * 64, "--format", "json")
    assert (wrong.code, wrong.document["holds"]) == (5, False)
    assert stopgap_run("service", "audit", "export", out).code == 5  # the file is there


def test_a_backup_moves_a_service(stopgap_run: Run, tmp_path: Path) -> None:
    stopgap_run("people", "add", "jane", "--role", "viewer")
    backup = tmp_path / "backup.zip"
    assert stopgap_run("service", "backup", backup, "--format", "json").document["rows"]["people"] == 1
    assert backup.stat().st_mode & 0o077 == 0
    other = ("--lake", tmp_path / "other")
    assert stopgap_run("service", "restore", backup, *other).code == 0
    assert stopgap_run("people", "list", *other, "--format", "json").document["people"][0]["name"] == "jane"
    assert stopgap_run("service", "restore", backup, *other).code == 5
    assert stopgap_run("service", "restore", backup, "--replace", *other).code == 0
    assert stopgap_run("service", "backup", backup).code == 5


def test_settings_come_from_options_environment_and_file(
    stopgap_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "service.toml"
    file.write_text(f'team = true\ndatabase_url = "sqlite:///{tmp_path / "of-file.sqlite"}"\n')
    assert stopgap_run("people", "add", "jane", "--role", "viewer", "--config", file).code == 0
    monkeypatch.setenv("STOPGAP_SERVE_DATABASE_URL", f"sqlite:///{tmp_path / 'of-environment.sqlite'}")
    assert stopgap_run("people", "add", "joan", "--role", "viewer", "--config", file).code == 0
    by_option = ("--database-url", f"sqlite:///{tmp_path / 'of-file.sqlite'}")
    listed = stopgap_run("people", "list", *by_option, "--format", "json").document["people"]
    assert [each["name"] for each in listed] == ["jane"]
    assert stopgap_run("service", "link", "--config", file).code == 5  # people sign in there
