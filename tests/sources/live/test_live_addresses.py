"""Plain HTTP stays on this machine unless it is allowed in so many words."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path
from typing import Any

import hostile_addresses
import pytest
from live_calls import KEY, KEY_ENV, SMALL, StillClock, chips, fetch, fetched, not_loaded
from loopback import Loopback, Reply, serving

from stopgap.base.errors import RefusedError, StopgapError, UsageError
from stopgap.cli.main import run
from stopgap.intake.fetch_request import AskRequest
from stopgap.intake.fetching import plan
from stopgap.sources.live import addresses
from stopgap.sources.live.addresses import checked_place
from stopgap.watch.intake import ServiceIntake
from stopgap.watch.notify import make_mail, make_webhook

WORDS = ("fetch", "comtrade", "--reporter", "DEU", "--partner", "RUS", "--codes", "854231", "--from", "2022", "--to", "2022")  # fmt: skip
IN_CLEAR = [
    "http://stats.example", "HTTP://STATS.EXAMPLE/", "http://localhost.evil.com", "http://127.0.0.1.evil.com", "http://localhost.",
    "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://127.1", "http://10.0.0.1:8080", "http://0.0.0.0",
    "http://[::ffff:10.0.0.1]", "http://[2001:db8::1]", "http://[::]", "http://sub.localhost", "http://stats.example.",
]  # fmt: skip
IN_TWO_WAYS = [
    "http://127.0.0.1@evil.com", "http://evil.com\\@127.0.0.1", "http://127.0.0.1\\@evil.com", "http://@evil.com", "http://:@evil.com",
    "http://127.0.0.1#@evil.com", "http://127.0.0.1?@evil.com", " http://127.0.0.1", "http://127.0.0.1 ", "http://127.0.0.1\t.evil.com",
    "http://evil.com\n", "http://１２７.0.0.1", "http://[::1%25lo]", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http:127.0.0.1", "//127.0.0.1",
]  # fmt: skip
OWN = ["http://127.0.0.1", "http://127.8.9.10:81/x", "http://[::1]:80", "http://localhost:8080/a/b/", "HTTP://LocalHost", "http://[::ffff:127.0.0.1]"]  # fmt: skip


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be connected to."""

    def fail(*given: object, **more: object) -> None:
        raise AssertionError(f"a connection was opened: {given}")

    monkeypatch.setattr(socket.socket, "connect", fail)


@pytest.mark.usefixtures("no_socket")
class TestRefused:
    @pytest.mark.parametrize("key", [KEY, None])
    @pytest.mark.parametrize("url", IN_CLEAR)
    def test_plain_http_to_another_machine(
        self, url: str, key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        if key:
            monkeypatch.setenv("STOPGAP_COMTRADE_KEY", key)
        for more in ((), ("--dry-run",)):
            code = run([*WORDS, "--base-url", url, "--lake", str(tmp_path / "lake"), *more])
            shown = capsys.readouterr()
            assert (code, shown.out) == (5, "")
            assert [line.split(":")[0].strip() for line in shown.err.splitlines()][1:] == ["where", "fix"]
            assert "--allow-http" in shown.err
            assert KEY not in shown.err
        assert not (tmp_path / "lake").exists()

    def test_as_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code = run([*WORDS, "--base-url", "http://stats.example", "--lake", str(tmp_path), "--format", "json"])
        error = json.loads(capsys.readouterr().out)["error"]
        assert (code, error["code"]) == (5, 5)

    @pytest.mark.parametrize("url", IN_TWO_WAYS)
    def test_what_can_be_read_in_two_ways(self, url: str) -> None:
        for may_have_query in (False,) if "?" in url else (False, True):
            with pytest.raises((UsageError, RefusedError)) as caught:
                checked_place(url, option="--base-url", may_have_query=may_have_query)
            assert url not in str(caught.value)

    def test_in_python(self, tmp_path: Path) -> None:
        with pytest.raises(RefusedError, match="not encrypted"):
            fetch(tmp_path, "comtrade", chips(), base_url="http://stats.example")
        with pytest.raises(RefusedError, match="not encrypted"):
            plan("comtrade", chips(), AskRequest(base_url="http://stats.example"))

    def test_by_a_watch(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(RefusedError, match="not encrypted"):
            ServiceIntake("comtrade", lambda: None, how=AskRequest(base_url="http://stats.example"))  # type: ignore[arg-type, return-value]
        place = ["--base-url", "http://stats.example", "--lake", str(tmp_path)]
        assert run(["watch", "russia-2022", "--once", *place]) == 5
        assert "fix:" in capsys.readouterr().err

    @pytest.mark.parametrize("url", IN_CLEAR)
    def test_by_a_webhook(self, url: str) -> None:
        with pytest.raises(RefusedError):
            make_webhook(url, key_env=None, allow_http=False, sleep=print)

    @pytest.mark.parametrize("url", [url for url in IN_TWO_WAYS if "?" not in url])
    def test_by_a_webhook_that_can_be_read_in_two_ways(self, url: str) -> None:
        with pytest.raises((UsageError, RefusedError)):
            make_webhook(url, key_env=None, allow_http=False, sleep=print)

    @pytest.mark.parametrize("host", ["mail.example", "localhost.evil.com", "127.0.0.1@evil.com", "2130706433"])
    def test_a_mail_server_s_password(self, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOPGAP_SMTP_USER", "watcher")
        with pytest.raises(RefusedError, match="in the clear"):
            make_mail("a@example.org", smtp=host, sender=None, tls="none")

    def test_an_address_that_holds_the_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(KEY_ENV, "7f3a91c2d4e5b60812ab34cd56ef7890")
        for spelled in ("7f3a91c2d4e5b60812ab34cd56ef7890", "7F3A91C2D4E5B60812AB34CD56EF7890", "%37f3a91c2d4e5b60812ab34cd56ef7890"):  # fmt: skip
            with pytest.raises(UsageError, match="holds the key") as caught:
                fetch(tmp_path, "comtrade", chips(), base_url=f"https://gate.example/{spelled}", key_env=KEY_ENV)
            assert "7f3a" not in str(caught.value).lower()
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", OWN)
def test_this_machine_may_be_asked(url: str) -> None:
    place = checked_place(url, option="--base-url")
    assert place.is_own_machine
    assert not place.is_in_clear


def test_random_addresses_are_read_as_the_client_reads_them() -> None:
    judged = [hostile_addresses.judge(hostile_addresses.random_address(random.Random(n))) for n in range(400)]
    assert [(each.text, each.fault) for each in judged if each.fault] == []
    assert {each.outcome for each in judged} >= {
        "no address",
        "taken, http",
        "taken, https",
        "refused without --allow-http, http",
    }


def elsewhere(host: str, *rest: Any, **more: Any) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]


def test_localhost_that_is_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", elsewhere)
    with pytest.raises(RefusedError):
        checked_place("http://localhost", option="--base-url")


class Elsewhere(socket.socket):
    """A socket that is connected to another machine, and keeps what it is sent."""

    sent = b""

    def getpeername(self) -> Any:
        return ("10.0.0.1", 80)

    def sendall(self, data: Any, *rest: Any) -> None:
        Elsewhere.sent += bytes(data)


def test_a_name_that_moves_between_check_and_connection_is_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib3.util.connection.create_connection", lambda *given, **more: Elsewhere())
    monkeypatch.setenv(KEY_ENV, KEY)
    with pytest.raises(RefusedError, match="nothing was sent") as caught:
        fetch(tmp_path, "comtrade", chips(), base_url="http://localhost:80", key_env=KEY_ENV, clock=StillClock())
    assert Elsewhere.sent == b""
    assert caught.value.__context__ is None


class TestAllowed:
    def test_the_flag_warns_before_and_after(
        self, comtrade: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:  # fmt: skip
        monkeypatch.setenv("http_proxy", comtrade.url)
        place = ["--base-url", "http://stats.example", "--allow-http", "--lake", str(tmp_path), "--format", "json"]
        assert run([*WORDS, *place]) == 0
        shown = capsys.readouterr()
        assert shown.err.startswith("warning: asked by plain HTTP to stats.example")
        assert any("plain HTTP to stats.example" in text for text in json.loads(shown.out)["warnings"])
        assert comtrade.calls[0].headers["host"] == "stats.example"

    def test_webhook_and_mail_warn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("STOPGAP_SMTP_USER", raising=False)
        hook = make_webhook("http://hooks.example/x?y=z", key_env=None, allow_http=True, sleep=print)
        assert hook.warning is not None
        assert "y=z" not in hook.warning + repr(hook)
        assert make_webhook("https://hooks.example/x", key_env=None, allow_http=True, sleep=print).warning is None
        mail = make_mail("a@example.org", smtp="mail.example", sender=None, tls="none")
        assert mail.warning is not None
        assert "unencrypted" in mail.warning
        assert make_mail("a@example.org", smtp="mail.example", sender=None, tls="starttls").warning is None
        assert make_mail("a@example.org", smtp="127.0.0.1", sender=None, tls="none").warning is None


def test_this_machine_is_asked_past_every_proxy(
    comtrade: Loopback, us_census: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would be sent the key in the clear."""
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, us_census.url)
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv(KEY_ENV, KEY)
    fetched(comtrade, tmp_path, chips(), key_env=KEY_ENV, load=not_loaded)
    assert comtrade.calls
    assert us_census.calls == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("service", ["comtrade", "us-census"])
def test_a_redirect_takes_the_key_nowhere(
    status: int, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    with serving(lambda call: Reply(200, b"{}")) as other:
        leading = Reply(status, b"", {"Location": f"{other.url}/?key={KEY}"})
        with serving(lambda call: leading) as server:
            with pytest.raises(StopgapError) as caught:
                fetched(server, tmp_path, chips(service), service, key_env=KEY_ENV, bounds=SMALL)
            assert len(server.calls) == 1
        assert other.calls == []
    assert KEY not in str(caught.value)
