"""Send one request with throttling and retries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import StopgapError, UnreachableError
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.key import Key
from stopgap.sources.live.outcomes import (
    Elsewhere,
    GoodReply,
    HttpReply,
    Outcome,
    Passing,
    Quota,
    QuotaUsed,
    Request,
    quota_of,
)
from stopgap.sources.live.pieces import Piece, Query
from stopgap.sources.live.service import LiveService
from stopgap.sources.live.transport import Transport

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits on retries and waiting for one piece; waits are in seconds."""

    tries: int = 8  # faults after which to give up
    offline_tries: int = 4  # the same where nothing at all is reached
    first_s: float = 1.0  # first wait; each further one is twice as long
    longest_s: float = 60.0  # longest wait of its own accord
    in_all_s: float = 900.0  # a wait that the service asks for counts
    requests: int = 400  # whatever comes of them
    waits_for_quota: bool = False  # until a used-up quota is renewed


@dataclass
class RequestCounts:
    """Numbers of requests sent, and of retries among them."""

    requests: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The good reply to a piece, with its HTTP reply and the number of attempts."""

    verdict: GoodReply
    answer: HttpReply
    attempts: int


class Asker:
    """Requests pieces from one service, one after another, with throttling, retries and quota."""

    def __init__(
        self,
        service: LiveService,
        query: Query,
        transport: Transport,
        key: Key | None,
        *,
        clock: Clock,
        patience: Patience,
        pace_s: float,
        say: Note,
    ) -> None:
        self._service = service
        self._query = query
        self._transport = transport
        self._key = key
        self._clock = clock
        self._patience = patience
        self._pace_s = pace_s
        self._say = say
        self._last: float | None = None
        self.has_key = key is not None
        self.counts = RequestCounts()
        self.quota = Quota()

    def ask(self, piece: Piece, target: Path) -> PieceOutcome:
        """Request a piece until a good reply is in ``target``.

        Raises:
            UnreachableError: No good reply came within the limits of ``Patience``, or the quota is used up.
            StopgapError: The service refused the request, or the layout of its reply is unknown.
        """
        first = self._service.request(piece, self._query, has_key=self.has_key)
        request, attempts, waited_s = first, 0, 0.0
        failed = 0
        while attempts < self._patience.requests:
            if self.quota.left == 0:
                self._wait_for_quota(self.quota, "its last reply said that no request is left", piece)
            answer, outcome = self._once(request, piece, target)
            attempts += 1
            match outcome:
                case GoodReply():
                    assert answer is not None
                    return PieceOutcome(outcome, answer, attempts)
                case QuotaUsed():
                    self._wait_for_quota(Quota(0, outcome.resets_in_s), outcome.what, piece)
                case Elsewhere():
                    request = outcome.request
                    waited_s = self._rest(outcome.wait_s, waited_s, "the service is preparing the reply", piece)
                case Passing():
                    failed += 1
                    request = first
                    waited_s = self._after_fault(outcome, failed, waited_s, piece)
        raise self._unreachable(Passing("it answers, and never with figures"), attempts, piece)

    def _once(self, request: Request, piece: Piece, target: Path) -> tuple[HttpReply | None, Outcome]:
        if self._last is not None and (rest := self._last + self._pace_s - self._clock.monotonic()) > 0:
            self._clock.sleep(rest)
        self._last = self._clock.monotonic()
        self.counts.requests += 1
        sent = request if self._key is None else self._service.with_key(request, self._key)
        answer = self._transport.get(sent, target)
        if isinstance(answer, Passing):
            return None, answer
        if answer.status == 200 and answer.size == 0:
            return answer, Passing("the reply is empty")
        now = self._clock.now()
        said = quota_of(answer.headers, now)
        if said.left is not None:
            self.quota = said
        refused: StopgapError | None = None
        try:
            if answer.status == 200:
                outcome = self._service.read(target, piece, self._query, has_key=self.has_key)
            else:
                outcome = self._service.judge(answer, self._key, now)
        except StopgapError as error:
            refused = error
        if refused is not None:  # raised here, so that no chain of errors leads to what the service wrote
            what, where = self._without_key(refused.what), self._without_key(f"{piece.label}; {refused.where}")
            raise type(refused)(what, where=where, fix=refused.fix, details=refused.details)
        return answer, outcome

    def _without_key(self, text: str) -> str:
        return text if self._key is None else self._key.scrub(text)

    def _after_fault(self, fault: Passing, failed: int, waited_s: float, piece: Piece) -> float:
        limit = self._patience.offline_tries if fault.is_offline else self._patience.tries
        if failed >= limit:
            raise self._unreachable(fault, failed, piece)
        own_s = min(self._patience.first_s * 2 ** (failed - 1), self._patience.longest_s)
        wait_s = own_s * (0.5 + self._clock.jitter() / 2)
        if fault.wait_s is not None:
            wait_s = fault.wait_s + self._clock.jitter() * self._patience.first_s
        self.counts.retries += 1
        return self._rest(wait_s, waited_s, fault.what, piece)

    def _rest(self, wait_s: float, waited_s: float, why: str, piece: Piece) -> float:
        if waited_s + wait_s > self._patience.in_all_s:
            raise self._unreachable(Passing(f"{why}; it would take {wait_s:.0f} s more"), None, piece)
        if wait_s > 0:
            self._say(f"{self._without_key(why)}; again in {wait_s:.0f} s")
            self._clock.sleep(wait_s)
        return waited_s + wait_s

    def _unreachable(self, fault: Passing, tries: int | None, piece: Piece) -> UnreachableError:
        what = self._without_key(fault.what)
        after = f" ({tries} tries)" if tries else ""
        if fault.is_offline:
            return UnreachableError(
                f"{self._service.name} cannot be reached: {what}{after}",
                where=self._transport.base_url,
                fix="check the network and its proxy (https_proxy), or import files taken elsewhere; the same command goes on",
            )
        return UnreachableError(
            f"{self._service.name} gave no good reply: {what}{after}",
            where=f"{self._transport.base_url}, {piece.label}",
            fix="try again later: the same command goes on with what is missing",
        )

    def _wait_for_quota(self, quota: Quota, why: str, piece: Piece) -> None:
        resets_s = quota.resets_in_s
        is_short = resets_s is not None and resets_s <= self._patience.longest_s
        if resets_s is not None and (is_short or self._patience.waits_for_quota):
            wait_s = resets_s + 1 + self._clock.jitter()
            self._say(f"the quota is used up; on in {_span(wait_s)}")
            self._clock.sleep(wait_s)
            self.quota = Quota()
            return
        details: dict[str, object] = {"quota_left": 0, "resets_at": None}
        when = "it does not say when it is renewed"
        if resets_s is not None:
            moment = self._clock.now() + dt.timedelta(seconds=resets_s)
            details["resets_at"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            when = f"it is renewed at {moment:%Y-%m-%d %H:%M} UTC (in {_span(resets_s)})"
        raise UnreachableError(
            f"the quota of {self._service.name} is used up: {when}",
            where=f"{self._transport.base_url}: {self._without_key(why)}",
            fix="the same command goes on then with what is missing; --wait waits for it",
            details=details,
        )


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
