"""Build a watch from a request: intake, channels and options."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

from stopgap.base.progress import Progress
from stopgap.intake.fetch_request import KeyedAskRequest
from stopgap.sources.live.addresses import in_clear_warning
from stopgap.watch.intake import FolderIntake, ServiceIntake, WatchIntake, no_intake
from stopgap.watch.notify import Channel, make_mail, make_webhook
from stopgap.watch.request import IntakeRequest, TellRequest, WatchRequest
from stopgap.watch.watching import Round, WatchOptions, watch_round


def asked_round(
    lake: Path,
    episode: str,
    request: WatchRequest,
    *,
    pause: Callable[[float], object] = time.sleep,
    progress: Progress | None = None,
) -> Round:
    """Run one round with the options of a request; see :func:`stopgap.watch.watching.watch_round`.

    ``pause`` waits between two attempts to deliver a webhook.
    """
    output = None if request.output is None else Path(request.output)
    return watch_round(
        lake,
        episode,
        WatchOptions(request.options(), output, request.missing_after),
        intake=intake_of(request),
        channels=channels_of(request, pause, allow_http=request.allow_http),
        progress=progress,
    )


def watch_warnings(request: WatchRequest) -> list[str]:
    """Return warnings to show before the first round; options that would fail in every round raise their error here."""
    request.options()
    found = []
    intake = intake_of(request)
    if isinstance(intake, ServiceIntake) and intake.place().is_in_clear:
        found.append(in_clear_warning(intake.place(), "asked"))
    channels = channels_of(request, time.sleep, allow_http=request.allow_http)
    return [*found, *(channel.warning for channel in channels if channel.warning is not None)]


def intake_of(request: IntakeRequest) -> WatchIntake:
    """Return the intake that a request selects: folder, none, or live service."""
    if request.from_dir is not None:
        return FolderIntake(Path(request.from_dir), request.mapping)
    if request.no_fetch:
        return no_intake
    how = KeyedAskRequest(base_url=request.base_url, allow_http=request.allow_http, key_env=request.key_env)
    return ServiceIntake(request.fetch, lambda: dt.datetime.now(dt.UTC).date(), request.revision_months, how)


def channels_of(request: TellRequest, pause: Callable[[float], object], *, allow_http: bool) -> list[Channel]:
    """Return the notification channels of a request."""
    found: list[Channel] = []
    if request.webhook is not None:
        found.append(make_webhook(request.webhook, key_env=request.webhook_key_env, allow_http=allow_http, sleep=pause))
    if request.mail_to is not None:
        found.append(make_mail(request.mail_to, smtp=request.smtp, sender=request.mail_from, tls=str(request.smtp_tls)))
    return found
