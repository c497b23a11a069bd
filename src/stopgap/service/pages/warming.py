"""Warm the pages when the service starts, so that the first person who looks waits as little as the second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.pages.charts.vega import warm_renderer
from stopgap.pages.drawing import Frame, draw_page
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.episode.size import is_large
from stopgap.pages.home.episodes import headlines
from stopgap.pages.site import ServiceSite
from stopgap.pages.views import PageContent
from stopgap.service.context import ServiceContext
from stopgap.service.principal import PersonRole, Principal

_NOBODY = Principal("stopgap", PersonRole.VIEWER, None)


LOOK_S = 0.05
"""Seconds between two looks whether the service answers."""


def warm_in_background(service: ServiceContext, answers: Callable[[], bool] = lambda: True) -> threading.Thread:
    """Draw the first pages of the lake in a thread of its own; faults are left to those who ask.

    Args:
        service: State of the service.
        answers: Whether the service answers; the thread begins then, so that it does not delay the start.
    """
    thread = threading.Thread(target=_warm, args=(service, answers), name="warming", daemon=True)
    thread.start()
    return thread


def _warm(service: ServiceContext, answers: Callable[[], bool]) -> None:
    while not answers():
        time.sleep(LOOK_S)
    warm_renderer()
    try:
        listed = service.ask(_NOBODY, headlines)
        for entry in listed.values["measured"][:1]:
            content = service.ask(_NOBODY, partial(_first_page, EpisodeQuery(entry.query.episode)))
            draw_page(content, Frame(ServiceSite(), extra={"here": ""}))
    except StopgapError:
        return


def _first_page(query: EpisodeQuery, lake: Lake) -> PageContent:
    return overview(lake, query, gross=is_large(lake))
