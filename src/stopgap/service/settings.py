"""Settings of the service: options of ``stopgap serve``, else the environment, else a file."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from stopgap.base.errors import InputError, UsageError
from stopgap.base.request import Option

ENVIRONMENT = "STOPGAP_SERVE_"
"""Beginning of the names of variables: ``STOPGAP_SERVE_PORT``, ``STOPGAP_SERVE_DATABASE_URL``."""

MOST_DAYS = 36_500
"""Most days that jobs may be kept."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, kw_only=True)
class ServeRequest:
    """Options of ``stopgap serve``; ``None`` where one is not given."""

    host: Annotated[
        str | None, Option("Address to listen on (default: 127.0.0.1, this machine alone).", metavar="HOST")
    ] = None
    port: Annotated[int | None, Option("Port to listen on (default: 8765).", metavar="PORT", least=0, most=65535)] = (
        None
    )
    database_url: Annotated[
        str | None,
        Option(
            "Database of people, sessions and jobs (default: a SQLite file in the lake's folder), such as postgresql://stopgap@host/stopgap.",
            metavar="URL",
        ),
    ] = None
    allowed_hosts: Annotated[
        str | None,
        Option("Names that the service is called by, parted by commas; needed beyond loopback.", metavar="NAMES"),
    ] = None
    team: Annotated[
        bool | None,
        Option("Ask everyone to sign in as one of the people; without it, a link signs one analyst in.", flag="--team"),
    ] = None
    tls_certificate: Annotated[Path | None, Option("Certificate of the service (PEM), for HTTPS.", metavar="FILE")] = (
        None
    )
    tls_key: Annotated[Path | None, Option("Private key of the certificate (PEM).", metavar="FILE")] = None
    behind_proxy: Annotated[
        bool | None,
        Option("Trust the X-Forwarded headers of a proxy on this machine, which ends HTTPS.", flag="--behind-proxy"),
    ] = None
    no_browser: Annotated[bool | None, Option("Do not open the link in a browser.", flag="--no-browser")] = None
    config: Annotated[
        Path | None, Option("Settings in a TOML file, each under the name of its option.", metavar="FILE")
    ] = None


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Settings in force.

    Attributes:
        lake: Folder of the lake.
        home: Folder of the service: its database where none is named, jobs' files, its log.
        database_url: Database of people, tokens, sessions, jobs, views and the audit log.
        allowed_hosts: Names in the header ``Host`` that are answered.
        is_team: Whether people sign in; else a link signs one analyst in.
        most_bytes: Bytes of the body of a request, uploads apart.
        most_upload_bytes: Bytes of an upload.
        requests_a_minute: Requests that a person or token may make in a minute.
        workers: Jobs at the same time.
        keep_jobs_days: Days for which jobs that have ended, and their files, are kept; 0 for always.
        hashes_names: Whether the log of screenings keeps keyed hashes of what was asked, and no names.
        oidc: Issuer, client id and secret of a sign-in by OpenID Connect; empty without one.
    """

    lake: Path
    home: Path
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8765
    allowed_hosts: tuple[str, ...] = LOOPBACK
    is_team: bool = False
    is_https: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    most_bytes: int = 8 << 20
    most_upload_bytes: int = 4 << 30
    requests_a_minute: int = 600
    workers: int = 1
    keep_jobs_days: int = 30
    oidc: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    hashes_names: bool = False


def service_settings(lake: Path, request: ServeRequest) -> ServiceSettings:
    """Combine options, environment and file; the first that names a setting decides.

    Raises:
        InputError: The file cannot be read as TOML.
        UsageError: A setting is not known, or has a value that it cannot have.
    """
    path = request.config or (Path(found) if (found := os.environ.get(f"{ENVIRONMENT}CONFIG")) else None)
    in_file = _read_file(path) if path is not None else {}
    oidc = in_file.pop("oidc", {})
    known = {field.name for field in fields(ServeRequest)} | {
        "most_upload_bytes",
        "requests_a_minute",
        "workers",
        "keep_jobs_days",
        "hashes_names",
    }
    if unknown := sorted(in_file.keys() - known):
        raise UsageError(
            f"{unknown[0]!r} is no setting of the service", where=str(path), fix=f"use {', '.join(sorted(known))}"
        )

    def chosen(name: str, default: Any) -> Any:
        given = getattr(request, name, None)
        if given is None:
            given = os.environ.get(f"{ENVIRONMENT}{name.upper()}", in_file.get(name))
        return default if given is None else _as(type(default), given, name)

    home = lake / "service"
    hosts = chosen("allowed_hosts", ",".join(LOOPBACK))
    certificate, key = (chosen(name, "") for name in ("tls_certificate", "tls_key"))
    return ServiceSettings(
        lake=lake,
        home=home,
        database_url=chosen("database_url", f"sqlite:///{home / 'service.sqlite'}"),
        host=chosen("host", "127.0.0.1"),
        port=chosen("port", 8765),
        allowed_hosts=tuple(dict.fromkeys([*filter(None, map(str.strip, hosts.split(","))), *LOOPBACK])),
        is_team=chosen("team", False),
        is_https=bool(certificate) or chosen("behind_proxy", False),
        tls_certificate=Path(certificate) if certificate else None,
        tls_key=Path(key) if key else None,
        behind_proxy=chosen("behind_proxy", False),
        most_upload_bytes=chosen("most_upload_bytes", 4 << 30),
        requests_a_minute=chosen("requests_a_minute", 600),
        workers=chosen("workers", 1),
        keep_jobs_days=_days(chosen("keep_jobs_days", 30)),
        hashes_names=chosen("hashes_names", False),
        oidc=tuple(sorted((str(name), str(value)) for name, value in dict(oidc).items())),
    )


def _days(given: int) -> int:
    if not 0 <= given <= MOST_DAYS:
        raise UsageError(
            f"{given} are no days", where="keep_jobs_days", fix=f"give 1 to {MOST_DAYS:,}, or 0 to keep jobs always"
        )
    return given


def _as(kind: type, given: Any, name: str) -> Any:
    """Return a value of a setting as the type of its default."""
    if isinstance(given, Path):
        return str(given)
    if kind is bool and isinstance(given, str):
        if given.lower() in ("1", "true", "yes", "on"):
            return True
        if given.lower() in ("0", "false", "no", "off", ""):
            return False
        raise UsageError(f"{given[:40]!r} is neither yes nor no", where=name, fix="give true or false")
    try:
        return kind(given)
    except (TypeError, ValueError):
        raise UsageError(
            f"{str(given)[:40]!r} is no value of {name}", where=name, fix=f"give {kind.__name__}"
        ) from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "the settings of the service cannot be read",
            where=f"{path}: {str(error)[:200]}",
            fix='write TOML such as port = 8765 and database_url = "sqlite:///service.sqlite"',
        ) from error
