"""Every fault of a service is asked past, or told: never an empty success."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
import time
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from live_calls import DAY, KEY, KEY_ENV, SMALL, StillClock, bounds_for, chips, fetch, fetched, left_in
from loopback import Loopback

from stopgap.base.errors import InputError, NotFoundError, RefusedError, StopgapError, UnreachableError
from stopgap.sources.live.retry import Patience

PASSING = [
    "status:429 Rate limit is exceeded. Try again in 5 seconds.",
    "status:500 Something went wrong.",
    "status:503 Service unavailable",
    "status:408 Request timeout",
    "retry-after:7",
    "stall",
    "reset",
    "cut",
    "cut-json",
    "cut-gzip",
    "damaged-gzip",
    "html",
    'replace:"count": 1=>"count": 2',
    "body:{",
    "body:",
    'body:{"statusCode": 503, "message": "try later"}',
]


@pytest.mark.one_in(8)
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_asked_past(fault: str, comtrade: Loopback, tmp_path: Path) -> None:
    query = chips(first="2022", last="2022", codes=["854231"], flows=["X"])
    result = fetched(comtrade.failing(fault, fault), tmp_path, query, bounds=bounds_for(fault))
    assert (result.requests, result.retries, result.pieces) == (3, 2, 1)
    assert result.imported.rows_loaded == 1


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_does_not_pass_is_an_error_and_loads_nothing(
    fault: str, comtrade: Loopback, tmp_path: Path
) -> None:
    query = chips(first="2022", last="2022", codes=["854231"], flows=["X"])
    with pytest.raises(UnreachableError, match="gave no good reply") as caught:
        fetched(comtrade.always(fault), tmp_path, query, patience=Patience(tries=3), bounds=bounds_for(fault))
    assert len(comtrade.calls) == 3
    assert "the same command goes on" in caught.value.fix
    assert not (tmp_path / "trade").exists()


FINAL = [
    ("status:400 The field reporterCode is invalid", InputError, "The field reporterCode is invalid"),
    ("status:404 Resource not found", InputError, "Resource not found"),
    ("status:401 Access denied due to invalid subscription key.", RefusedError, "invalid subscription key"),
    ("status:403 Access denied", RefusedError, "STOPGAP_COMTRADE_KEY"),
    ("redirect", RefusedError, "elsewhere.example"),
    ('body:{"elapsedTime": "0 secs", "error": "Invalid period"}', InputError, "Invalid period"),
    ('replace:"primaryValue"=>"tradeValue"', InputError, "primaryValue"),
    ('replace:"count"=>"length"', InputError, "how many rows"),
    ('body:{"count": 1, "data": [7]}', InputError, "another layout"),
    ('body:{"count": 1, "data": [["a"]]}', InputError, "another layout"),
]


@pytest.mark.parametrize(("fault", "kind", "says"), FINAL)
def test_a_refusal_is_told_at_once_in_the_service_s_words(
    fault: str, kind: type[StopgapError], says: str, comtrade: Loopback, tmp_path: Path
) -> None:
    query = chips(first="2022", last="2022", codes=["854231"], flows=["X"])
    clock = StillClock()
    with pytest.raises(kind) as caught:
        fetched(comtrade.always(fault), tmp_path, query, clock=clock)
    assert says in str(caught.value)
    assert len(comtrade.calls) == 1
    assert clock.slept == []
    assert all(line for line in (caught.value.what, caught.value.where, caught.value.fix))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"count": 0, "data": []}', NotFoundError),
        ('{"count": 0}', NotFoundError),
        ("[]", InputError),
        ("null", UnreachableError),
    ],
)
def test_an_empty_reply_is_never_a_success(
    body: str, kind: type[StopgapError], comtrade: Loopback, tmp_path: Path
) -> None:
    with pytest.raises(kind):
        fetched(comtrade.always(f"body:{body}"), tmp_path, chips(flows=["X"], codes=["854231"]))


def test_retry_after_is_honoured_as_seconds_and_as_a_date(comtrade: Loopback, tmp_path: Path) -> None:
    clock = StillClock()
    later = format_datetime(DAY + dt.timedelta(seconds=100), usegmt=True)
    server = comtrade.failing("retry-after:7", f"retry-after:{later}")
    fetched(server, tmp_path, chips(codes=["854231"], first="2022", last="2022"), clock=clock)
    # 7 s and half a second of jitter; then what is left until the date, and as much again.
    assert clock.slept == [pytest.approx(7.5), pytest.approx(100 - 7.5 + 0.5)]


def test_the_wait_in_the_message_is_honoured(comtrade: Loopback, tmp_path: Path) -> None:
    clock = StillClock()
    server = comtrade.failing("status:429 Rate limit is exceeded. Try again in 5 seconds.")
    fetched(server, tmp_path, chips(codes=["854231"], first="2022", last="2022"), clock=clock)
    assert clock.slept == [pytest.approx(5.5)]


def test_the_waits_grow_and_are_bounded(comtrade: Loopback, tmp_path: Path) -> None:
    clock = StillClock()
    with pytest.raises(UnreachableError):
        fetched(comtrade.always("status:503 no"), tmp_path, chips(), clock=clock, patience=Patience(tries=9))
    assert clock.slept == [pytest.approx(0.75 * seconds) for seconds in (1, 2, 4, 8, 16, 32, 60, 60)]


def test_the_waiting_in_all_is_bounded(comtrade: Loopback, tmp_path: Path) -> None:
    clock = StillClock()
    with pytest.raises(UnreachableError, match="would take 900 s more"):
        fetched(comtrade.always("retry-after:900"), tmp_path, chips(), clock=clock)
    assert clock.slept == []


def test_a_reply_for_another_piece_is_noticed(comtrade: Loopback, tmp_path: Path) -> None:
    query = chips(codes=["854231"], flows=["X"], last="2024")
    server = comtrade.failing(None, "other-call")
    result = fetched(server, tmp_path, query)  # without a key: a piece a year
    assert (result.pieces, result.requests, result.retries) == (3, 4, 1)
    comtrade.calls.clear()
    comtrade.faults = lambda number, call: None if call.query["period"] == "2022" else "other-call"
    with pytest.raises(UnreachableError, match="not asked for"):
        fetched(comtrade, tmp_path / "second", query)


def test_an_endless_reply_is_bounded(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no end: more than 3 MB"):
        fetched(comtrade.always("endless"), tmp_path, chips())
    assert not [name for name in left_in(tmp_path) if name.endswith((".part", ".json.part"))]


def test_a_reply_that_trickles_is_bounded_in_time(comtrade: Loopback, tmp_path: Path) -> None:
    slow = replace(SMALL, reply_s=-1.0)
    with pytest.raises(UnreachableError, match="was not there after"):
        fetched(comtrade, tmp_path, chips(), bounds=slow, patience=Patience(tries=2))


def test_a_gzip_bomb_is_bounded(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no end"):
        fetched(comtrade.always("bomb"), tmp_path, chips())


@pytest.mark.parametrize("fault", ["gzip", "gzip-twice"])
def test_gzip_is_unpacked(fault: str, comtrade: Loopback, tmp_path: Path) -> None:
    result = fetched(comtrade.always(fault), tmp_path, chips())
    assert result.imported.rows_loaded == 8


def test_offline_is_exit_code_6_and_soon_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = StillClock()
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        fetch(tmp_path, "comtrade", chips(), base_url=f"http://127.0.0.1:{port}", clock=clock, bounds=SMALL)
    assert caught.value.exit_code == 6
    assert "proxy" in caught.value.fix
    assert sum(clock.slept) < 10


def test_an_unknown_host_is_told(tmp_path: Path) -> None:
    clock = StillClock()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        fetch(tmp_path, "comtrade", chips(), base_url="https://nowhere.invalid", clock=clock, bounds=SMALL)


class TestQuota:
    def test_a_used_up_quota_stops_and_says_when_it_is_renewed(self, comtrade: Loopback, tmp_path: Path) -> None:
        spent = "status:403 Out of call volume quota. Quota will be replenished in 03:14:17."
        with pytest.raises(UnreachableError, match="used up: it is renewed at 2026-11-24 15:14 UTC") as caught:
            fetched(comtrade.failing(None, spent), tmp_path, chips())
        assert caught.value.details == {"quota_left": 0, "resets_at": "2026-11-24T15:14:17Z"}
        assert len(comtrade.calls) == 2
        again = fetched(comtrade, tmp_path, chips())
        assert (again.pieces_reused, again.requests) == (1, 1)

    def test_with_wait_it_waits(self, comtrade: Loopback, tmp_path: Path) -> None:
        clock = StillClock()
        spent = "status:403 Out of call volume quota. Quota will be replenished in 1.00:00:10."
        result = fetched(comtrade.failing(spent), tmp_path, chips(), clock=clock, wait=True)
        assert clock.slept == [pytest.approx(24 * 3600 + 10 + 1.5)]
        assert result.imported.rows_loaded == 8

    def test_waiting_for_a_quota_that_is_never_renewed_has_an_end(self, comtrade: Loopback, tmp_path: Path) -> None:
        spent = "status:403 Out of call volume quota. Quota will be replenished in 00:00:10."
        with pytest.raises(UnreachableError, match="never with figures"):
            fetched(comtrade.always(spent), tmp_path, chips(), patience=Patience(requests=5))
        assert len(comtrade.calls) == 5

    def test_no_request_is_sent_when_the_last_reply_said_that_none_is_left(
        self, comtrade: Loopback, tmp_path: Path
    ) -> None:
        with pytest.raises(UnreachableError, match="used up"):
            fetched(comtrade.failing("header:X-RateLimit-Remaining=0"), tmp_path, chips(last="2024"))
        assert len(comtrade.calls) == 1

    def test_a_quota_that_is_renewed_within_the_minute_is_waited_for(self, comtrade: Loopback, tmp_path: Path) -> None:
        clock = StillClock()
        server = comtrade.failing("header:RateLimit=limit=10, remaining=0, reset=20")
        fetched(server, tmp_path, chips(), clock=clock)
        assert clock.slept == [pytest.approx(21.5)]

    def test_what_is_left_is_told(self, comtrade: Loopback, tmp_path: Path) -> None:
        said: list[str] = []
        server = comtrade.always("header:X-RateLimit-Remaining=487")
        result = fetched(server, tmp_path, chips(), progress=lambda text, share: said.append(text))
        assert result.quota_left == 487
        assert any("1 of 2 pieces, 4 rows, 487 requests left" in text for text in said)

    def test_a_quota_in_a_reply_of_status_200(self, comtrade: Loopback, tmp_path: Path) -> None:
        body = json.dumps(
            {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 00:30:00."}
        )
        with pytest.raises(UnreachableError, match="in 30 min"):
            fetched(comtrade.always(f"body:{body}"), tmp_path, chips())


FAULTS = [*PASSING, *(fault for fault, _, _ in FINAL), "echo", "echo-data", "echo-far", "echo-error", "endless", "bomb"]


class TestTheKeyIsShownNowhere:
    @pytest.fixture(autouse=True)
    def key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(KEY_ENV, KEY)

    @pytest.mark.parametrize("service", ["comtrade", "us-census"])
    @pytest.mark.parametrize("fault", FAULTS)
    def test_after_any_failure(
        self, service: str, fault: str, comtrade: Loopback, us_census: Loopback, tmp_path: Path
    ) -> None:
        server = comtrade if service == "comtrade" else us_census
        if fault.startswith("replace:") and service != "comtrade":
            pytest.skip("a fault of Comtrade's layout")
        said: list[str] = []
        with pytest.raises(StopgapError) as caught:
            fetched(
                server.always(fault),
                tmp_path,
                chips(service, flows=["X"], codes=["854231"], **({"last": "2022"} if service == "comtrade" else {})),
                service,
                key_env=KEY_ENV,
                bounds=bounds_for(fault),
                patience=Patience(tries=2),
                progress=lambda text, share: said.append(text),
            )
        assert KEY in repr([(call.headers, call.params) for call in server.calls]), "the key was not sent at all"
        shown = [*said, *chain(caught.value), *left_in(tmp_path).values(), *left_in(tmp_path)]
        assert not [text for text in shown if any(form in text for form in forms())]

    def test_after_a_success(self, comtrade: Loopback, tmp_path: Path) -> None:
        result = fetched(comtrade, tmp_path, chips(), key_env=KEY_ENV)
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) > 5
        assert not [content for content in files if any(form.encode() in content for form in forms())]
        assert not any(form in repr(result) for form in forms())

    def test_offline(self, tmp_path: Path) -> None:
        with pytest.raises(UnreachableError) as caught:
            fetch(
                tmp_path, "us-census", chips("us-census"), base_url="http://127.0.0.1:9", key_env=KEY_ENV,
                clock=StillClock(), bounds=SMALL,
            )  # fmt: skip
        assert not [text for text in chain(caught.value) if any(form in text for form in forms())]


def forms() -> list[str]:
    return [KEY, quote(KEY, safe=""), quote_plus(KEY), base64.b64encode(KEY.encode()).decode(), "canary-7f3a91c2d4e5b6"]


def chain(error: BaseException) -> list[str]:
    """Everything that an error and those behind it say."""
    found: list[str] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None:
            found += [str(one), repr(one), repr(one.__dict__)]
            waiting += [one.__cause__, one.__context__]
    return found


def test_the_clock_is_the_machine_s_unless_given() -> None:
    from stopgap.sources.live.clock import Clock

    clock = Clock()
    assert clock.now().tzinfo is not None
    assert 0 <= clock.jitter() < 1
    before = time.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
