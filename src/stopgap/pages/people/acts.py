"""Acts of the audit log in words, for the person whose acts they are."""

from __future__ import annotations

import re

_WORDS = (
    ("alerts/decisions", "decided on an alert"),
    ("companies/decisions", "decided on a match"),
    ("decisions", "decided on a match"),
    ("companies/file", "screened a file of names"),
    ("companies/log/replay", "gave a screening again"),
    ("screenings/replay", "gave a screening again"),
    ("companies/ownership", "looked for listed owners"),
    ("screenings", "asked for a screening of a file"),
    ("imports", "imported files"),
    ("fetches", "fetched from a source"),
    ("data/fetches", "fetched from a source"),
    ("data/files/withdraw", "took a file back"),
    ("data/upkeep/check", "checked the lake"),
    ("data/upkeep/compact", "compacted the lake"),
    ("briefs", "asked for a brief"),
    ("packs", "asked for a pack"),
    ("packs/receive", "received a pack"),
    ("packs/verify", "verified a pack"),
    ("claims", "registered a statement"),
    ("claims/test", "tested a statement"),
    ("episodes/alerts", "ran the alerts of an episode"),
    ("alerts/runs", "ran the alerts of an episode"),
    ("me/jobs/cancel", "cancelled a job"),
    ("me/views/remove", "removed a saved view"),
    ("query/saved", "saved a query"),
    ("query/saved/remove", "removed a saved query"),
    ("settings/tokens", "made a token"),
    ("settings/tokens/revoke", "revoked a token"),
    ("settings/sessions/end", "ended a session"),
    ("settings/sign-out", "signed out"),
    ("people add", "added a person"),
    ("people invite", "invited a person"),
)
_KNOWN = dict(_WORDS)


def act_words(what: str) -> str:
    """Return an act as the audit log has it, ``POST /claims/{id}/test``, in words; itself where there are none."""
    method, _, path = what.partition(" ")
    if method != "POST":
        return _KNOWN.get(what, what)
    parts = [part for part in re.sub(r"^/(api/v1/)?", "", path).split("/") if part and not part.startswith("{")]
    return _KNOWN.get("/".join(parts), what)


def outcome_words(outcome: str) -> str:
    """Return an outcome in words: a status below 400 is *done*, another *refused* or *failed* with its number."""
    if not outcome.isdigit():
        return outcome
    status = int(outcome)
    return "done" if status < 400 else f"refused ({outcome})" if status < 500 else f"failed ({outcome})"
