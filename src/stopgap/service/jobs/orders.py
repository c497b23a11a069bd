"""Orders of jobs that need no upload: what each is asked with, and what is checked before it is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import BaseModel, Field

from stopgap.base.errors import RefusedError
from stopgap.base.marking import parse_marking
from stopgap.briefs.request import BriefRequest
from stopgap.evidence.packs.request import PackRequest
from stopgap.intake.fetch_request import FetchRequest
from stopgap.service.jobs.bodies import body_model, need_episode, need_names, options_in
from stopgap.service.jobs.job import JobKind
from stopgap.service.jobs.queue import NewJob, new_id
from stopgap.service.jobs.work import Asks
from stopgap.service.principal import PersonRole, Principal

if TYPE_CHECKING:
    FetchBody: TypeAlias = BaseModel
    BriefBody: TypeAlias = BaseModel
    PackBody: TypeAlias = BaseModel
else:
    EPISODE = (str, Field(description="Name of a built-in episode."))
    FetchBody = body_model(
        "Fetch", FetchRequest, service=(str, Field(description="comtrade, eurostat, us-census or hmrc."))
    )
    BriefBody = body_model(
        "Brief", BriefRequest, episode=EPISODE, format=(Literal["html", "pdf", "xlsx", "md"], Field("pdf"))
    )
    PackBody = body_model("Pack", PackRequest, episode=EPISODE)


def fetch_order(asks: Asks, person: Principal, body: FetchBody) -> NewJob:
    """Return the job that fetches figures from a live service.

    Raises:
        NotFoundError: Unknown service, economy or goods list.
        UsageError: A period, code, flow or address that is none.
    """
    options = options_in(body, without=("service",))
    need_names(options, "codes")
    asked = body.service  # type: ignore[attr-defined]
    asks(person, lambda lake: lake.fetch_plan(asked, **options))
    return NewJob(new_id(), JobKind.FETCH, {"service": asked, "options": options})


def brief_order(body: BriefBody) -> NewJob:
    """Return the job that writes the brief of an episode.

    Raises:
        NotFoundError: There is no such episode.
        UsageError: An option cannot be.
    """
    options = {"format": "pdf", **options_in(body, without=("episode",))}
    episode = need_episode(body.episode)  # type: ignore[attr-defined]
    need_names(options, "goods")
    BriefRequest(output="-", **{name: value for name, value in options.items() if name != "format"}).options()
    return NewJob(new_id(), JobKind.BRIEF, {"episode": episode, "options": options})


def pack_order(person: Principal, body: PackBody) -> NewJob:
    """Return the job that makes a pack of an episode.

    Raises:
        NotFoundError: There is no such episode.
        UsageError: An option cannot be.
        RefusedError: The marking is above the person's clearance, or the role may not leave out what is above it.
    """
    options = options_in(body, without=("episode",))
    episode = need_episode(body.episode)  # type: ignore[attr-defined]
    need_names(options, "goods", "key")
    if options.get("redact"):
        person.need(PersonRole.RELEASER, "make a pack that leaves out what is above its marking")
    need_visible(person, options)
    PackRequest(output="-", **options)
    return NewJob(new_id(), JobKind.PACK, {"episode": episode, "options": options})


def need_visible(person: Principal, options: Mapping[str, Any]) -> None:
    """Refuse a marking that the person's clearance does not admit.

    Raises:
        RefusedError: The person could not see what it marks.
        UsageError: The marking is none.
    """
    text, economies = options.get("marking"), options.get("releasable_to")
    if text is None:
        return
    marking = parse_marking(text, economies, where="marking")
    if person.clearance is not None and not marking.fits(person.clearance):
        raise RefusedError(
            f"{marking.label} is above your clearance",
            where="marking",
            fix="ask someone with that clearance, or give a marking that you may see",
        )
