"""The audit log: a chain without gaps, which neither the program nor another one can change unseen."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError
from stopgap.service.state.audit import AuditEntry
from stopgap.service.state.store import ActingPerson, ServiceState

ROOT = ActingPerson("root")


@pytest.fixture
def written(state: ServiceState) -> ServiceState:
    """A state with five lines in its log."""
    for number in range(1, 6):
        state.record(AuditEntry("jane", "look", f"thing {number}", "done", f"r{number}"))
    return state


def test_what_is_done_and_refused_has_a_line(state: ServiceState) -> None:
    state.add_person(ROOT, "ann", PersonRole.ADMIN, Marking(Tlp.GREEN))
    ann = ActingPerson(
        "ann", Principal("ann", PersonRole.ADMIN, Marking(Tlp.GREEN), state.person("ann").id, "session"), "r-7"
    )
    with pytest.raises(RefusedError):
        state.add_person(ann, "bob", PersonRole.VIEWER, Marking(Tlp.RED))
    state.sign_in("nothing", is_team=True, request_id="r-8")
    found = [
        (each["number"], each["who"], each["what"], each["about"], each["outcome"], each["request_id"])
        for each in state.audit.page().entries
    ]
    assert found == [
        (1, "root", "people add", "ann: admin, TLP:GREEN", "done", None),
        (2, "ann", "people add", "bob: viewer, TLP:RED", "refused", "r-7"),
        (3, "-", "sign in", "", "refused", "r-8"),
    ]


def test_the_chain_can_be_verified_without_this_program(written: ServiceState) -> None:
    before = hashlib.sha256(b"stopgap service-audit 1").hexdigest()
    for line in written.audit.lines():
        body, _, tail = line.rpartition(',"hash":"')
        assert tail == hashlib.sha256(f"{body}}}".encode()).hexdigest() + '"}'
        assert json.loads(line)["previous"] == before
        before = json.loads(line)["hash"]
    check = written.audit.check(head=before)
    assert (check.holds, check.events, check.head, check.after_head) == (True, 5, before, 0)


@pytest.mark.parametrize(
    ("column", "value", "line"),
    [
        ("who", "eve", 3), ("what", "nothing", 3), ("about", "thing 4", 3), ("outcome", "refused", 3),
        ("request_id", "r4", 3), ("number", 30, 3), ("at", "2020-01-01 00:00:00", 3),
    ],
)  # fmt: skip
def test_a_changed_column_is_found(written: ServiceState, column: str, value: object, line: int) -> None:
    _tamper(written, f"UPDATE audit SET {column} = :value WHERE number = 3", value=value)
    check = written.audit.check()
    assert not check.holds
    assert check.line == line
    assert check.events == line - 1


def test_a_changed_line_is_found(written: ServiceState) -> None:
    _tamper(written, "UPDATE audit SET line = replace(line, 'jane', 'anna') WHERE number = 3")
    check = written.audit.check()
    assert (check.holds, check.line, check.events) == (False, 3, 2)


def test_a_line_written_anew_with_its_own_hash_is_found(written: ServiceState) -> None:
    """Who changes a line and works out its hash again breaks the next line, unless all that follow are changed too."""
    line = list(written.audit.lines())[2].replace('"jane"', '"anna"')
    body = line.rpartition(',"hash":"')[0]
    forged = f'{body},"hash":"{hashlib.sha256(f"{body}}}".encode()).hexdigest()}"}}'
    _tamper(written, "UPDATE audit SET line = :value, who = 'anna' WHERE number = 3", value=forged)
    check = written.audit.check()
    assert (check.holds, check.line) == (False, 4)


@pytest.mark.parametrize("number", [1, 3])
def test_a_line_taken_out_is_found(written: ServiceState, number: int) -> None:
    _tamper(written, "DELETE FROM audit WHERE number = :value", value=number)
    check = written.audit.check()
    assert (check.holds, check.line) == (False, number)


def test_an_end_cut_off_is_found_by_a_head_that_was_kept(written: ServiceState) -> None:
    head = written.audit.check().head
    _tamper(written, "DELETE FROM audit WHERE number = 5")
    assert written.audit.check().holds
    assert not written.audit.check(head=head).holds


@pytest.mark.parametrize("act", ["UPDATE audit SET who = 'eve'", "DELETE FROM audit WHERE number = 5"])
def test_the_database_refuses_to_change_it(written: ServiceState, act: str) -> None:
    with pytest.raises(DBAPIError, match="only added to"), written.database.engine.begin() as connection:
        connection.execute(text(act))
    assert written.audit.check().events == 5


def test_lines_of_many_at_a_time_are_one_chain(state: ServiceState) -> None:
    together, faults = threading.Barrier(8), list[BaseException]()

    def write(name: str) -> None:
        try:
            together.wait()
            for number in range(10):
                state.record(AuditEntry(name, "look", str(number)))
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(f"p{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    check = state.audit.check()
    assert (check.holds, check.events) == (True, 80)


def test_what_fails_leaves_no_line_that_says_done(state: ServiceState) -> None:
    state.add_person(ROOT, "jane", PersonRole.VIEWER, Marking(Tlp.GREEN))
    before = state.audit.check().events
    with pytest.raises(ConflictError, match="already"):
        state.add_person(ROOT, "jane", PersonRole.VIEWER, Marking(Tlp.GREEN))
    entries = state.audit.page(after=before).entries
    assert [each["outcome"] for each in entries] == ["refused"]


def test_pages_state_how_many_there_are(written: ServiceState) -> None:
    seen, after = [], 0
    while True:
        page = written.audit.page(after=after, limit=2)
        assert page.total == 5
        seen += [each["number"] for each in page.entries]
        if page.after is None:
            break
        after = page.after
    assert seen == [1, 2, 3, 4, 5]
    assert written.audit.page(who="nobody").total == 0
    assert written.audit.page(what="look", who="jane").total == 5


def _tamper(state: ServiceState, act: str, **values: object) -> None:
    """Change the table as one could who has the rights of its owner: the triggers go first."""
    with state.database.engine.begin() as connection:
        if state.database.is_sqlite:
            for name in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{name}"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_is_kept ON audit"))
            if values.get("value") == "2020-01-01 00:00:00":
                act = act.replace(":value", "CAST(:value AS timestamptz)")
        connection.execute(text(act), values)
