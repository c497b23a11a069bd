"""The loopback servers, and an environment without keys and proxies."""

from __future__ import annotations

from collections.abc import Iterator

import loopback
import pytest


@pytest.fixture(autouse=True)
def no_keys_or_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STOPGAP_COMTRADE_KEY", "STOPGAP_CENSUS_KEY", "STOPGAP_TEST_KEY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def comtrade() -> Iterator[loopback.Loopback]:
    with loopback.serving(loopback.comtrade) as server:
        yield server


@pytest.fixture
def eurostat() -> Iterator[loopback.Loopback]:
    with loopback.serving(loopback.eurostat) as server:
        yield server


@pytest.fixture
def us_census() -> Iterator[loopback.Loopback]:
    with loopback.serving(loopback.us_census) as server:
        yield server


@pytest.fixture
def hmrc() -> Iterator[loopback.Loopback]:
    with loopback.serving(loopback.hmrc) as server:
        yield server
