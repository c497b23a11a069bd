"""``stopgap serve`` as a process: it signs in once, says why it does not start, stops in order, and survives a kill."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from served import served

from stopgap.base.errors import InputError, UsageError
from stopgap.cli.main import run
from stopgap.service.serve import address_of, check_settings
from stopgap.service.settings import LOOPBACK, ServeRequest, ServiceSettings, service_settings


def test_it_signs_in_once_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with served(lake) as service:
        assert service.said["address"] == f"http://127.0.0.1:{service.port}"
        assert service.ask("GET", "/api/v1/me")[0] == 401
        assert service.ask("GET", f"/sign-in?key={service.key}")[0] == 200
        cookie = service.sign_in()
        assert service.ask("POST", "/sign-in", {"key": service.key})[0] == 401
        me = json.loads(service.ask("GET", "/api/v1/me", headers={"cookie": cookie})[2])
        assert (me["role"], me["sees_all"]) == ("admin", True)
        made = service.ask("PUT", "/api/v1/views/x", {"address": "/docs"},
                           {"cookie": cookie, "x-stopgap-csrf": me["csrf"], "origin": service.said["address"]})  # fmt: skip
        assert made[0] == 200
        service.process.send_signal(signal.SIGKILL)
        service.process.wait(30)
        said = service.log.read_text()
        assert service.key not in said
        assert cookie.partition("=")[2] not in said
    with served(lake) as service:
        answer = subprocess.run(
            [sys.executable, "-m", "stopgap", "service", "link", "--lake", str(lake), "--format", "json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(answer.stdout)["link"].startswith(f"http://127.0.0.1:{service.port}/sign-in?key=")
        status, _, body = service.ask("GET", "/api/v1/views", headers={"cookie": cookie})
        assert status == 200
        assert [each["name"] for each in json.loads(body)["views"]] == ["x"]
        assert service.stop() == 0


@pytest.mark.prove_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_what_is_under_way_and_leaves_with_zero(tmp_path: Path, number: int) -> None:
    with served(tmp_path / "lake") as service:
        with socket.create_connection(("127.0.0.1", service.port)) as under_way:
            body = json.dumps({"key": service.key}).encode()
            head = (
                f"POST /sign-in HTTP/1.1\r\nhost: 127.0.0.1:{service.port}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            ).encode()
            under_way.sendall(head + body[:-1])
            codes: list[int] = []
            stopping = threading.Thread(target=lambda: codes.append(service.stop(number)))
            stopping.start()
            stopping.join(1)
            assert stopping.is_alive()  # it waits for the request
            under_way.sendall(body[-1:])
            answer = b"".join(iter(lambda: under_way.recv(65_536), b""))
            assert answer.startswith(b"HTTP/1.1 200")
        stopping.join(60)
        assert codes == [0]
        assert "Traceback" not in service.log.read_text()


def test_the_port_may_be_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["serve", "--lake", str(tmp_path), "--port", str(port), "--format", "json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["what"] == f"port {port} is taken"
    assert "--port" in error["fix"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "without people who sign in"),
        (["--host", "0.0.0.0", "--team"], "without HTTPS"),
        (["--host", "0.0.0.0", "--team", "--behind-proxy"], "no name is given"),
        (["--host", "192.0.2.1", "--team", "--behind-proxy", "--allowed-hosts", "example.org"], "no address of this machine"),
        (["--tls-certificate", "cert.pem"], "certificate and its key"),
        (["--database-url", "mysql://host/name"], "does not know databases of mysql"),
    ],
)  # fmt: skip
def test_what_it_refuses_to_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert run(["serve", "--lake", str(tmp_path), "--port", "0", *options]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert says in lines[0]
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["where", "fix"]


@pytest.mark.prove_only
def test_a_team_is_told_when_nobody_can_sign_in(tmp_path: Path) -> None:
    with served(tmp_path / "lake", "--team") as service:
        assert service.said["sign_in"] is None
        assert "stopgap people add" in service.said["notes"][0]
        assert service.ask("POST", "/sign-in", {"key": "x"})[0] == 401


@pytest.mark.prove_only
def test_people_are_added_and_removed_while_it_runs(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def code(words: list[str]) -> int:
        return run([*words, "--format", "json"])

    def said(words: list[str]) -> dict[str, object]:
        capsys.readouterr()
        assert code(words) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    lake = tmp_path / "lake"
    where = ["--lake", str(lake), "--database-url", database_url]
    with served(lake, "--team", "--database-url", database_url) as service:
        said(["people", "add", "jane", "--role", "viewer", "--clearance", "GREEN", *where])
        token = said(["tokens", "new", "jane", *where])["token"]
        asks = {"authorization": f"Bearer {token}"}
        assert json.loads(service.ask("GET", "/api/v1/me", headers=asks)[2])["clearance"] == "TLP:GREEN"
        said(["people", "change", "jane", "--clearance", "CLEAR", *where])
        assert json.loads(service.ask("GET", "/api/v1/me", headers=asks)[2])["clearance"] == "TLP:CLEAR"
        said(["people", "remove", "jane", *where])
        assert service.ask("GET", "/api/v1/me", headers=asks)[0] == 401
        assert code(["service", "restore", "nowhere.zip", *where]) == 5  # it runs
        said(["service", "backup", str(tmp_path / "b.zip"), *where])
        assert service.stop() == 0
    assert code(["service", "restore", str(tmp_path / "b.zip"), *where]) == 5  # people would be lost
    assert code(["service", "restore", str(tmp_path / "b.zip"), "--replace", *where]) == 0
    assert said(["service", "audit", "verify", *where])["holds"] is True


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ["fastapi", "uvicorn", "sqlalchemy"])
def test_a_package_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    words = ["serve", "--lake", str(tmp_path), "--port", "0"]
    text = f"import sys; sys.modules[{name!r}] = None; from stopgap.cli.main import run; sys.exit(run({words!r}))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"{name} is not installed, which the service needs"


def test_where_it_is_reached(tmp_path: Path) -> None:
    at = service_settings(tmp_path, ServeRequest())
    assert address_of(at) == "http://127.0.0.1:8765"
    given = service_settings(tmp_path, ServeRequest(allowed_hosts="stopgap.example.org, other.example.org"))
    assert given.allowed_hosts[:2] == ("stopgap.example.org", "other.example.org")
    assert set(LOOPBACK) <= set(given.allowed_hosts)  # a check of health on this machine is answered
    named = replace(at, host="0.0.0.0", is_team=True, is_https=True, allowed_hosts=("localhost", "stopgap.example.org"))
    assert address_of(named) == "https://stopgap.example.org:8765"
    assert address_of(replace(named, behind_proxy=True)) == "https://stopgap.example.org"
    assert address_of(replace(at, host="::1")) == "http://[::1]:8765"
    check_settings(named)


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = ServiceSettings(
        lake=tmp_path, home=tmp_path, database_url="", tls_certificate=tmp_path / "c.pem", tls_key=tmp_path / "k.pem"
    )
    with pytest.raises(InputError, match="not there"):
        check_settings(settings)
    with pytest.raises(UsageError, match="its key"):
        check_settings(replace(settings, tls_key=None))
