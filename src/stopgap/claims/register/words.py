"""Print a registered statement as lines of text."""

from __future__ import annotations

from typing import Any

from stopgap.claims.register.events import Version
from stopgap.claims.register.views import ShownClaim

_PASSIVE = {"repeats": "repeated", "denies": "denied", "quotes": "quoted", "updates": "updated"}


def claim_lines(shown: ShownClaim) -> list[tuple[str, str]]:
    """Pairs of field and value, in the order in which a person asks for them; unknown values are omitted."""
    claim = shown.version.claim
    speaker, share, (first, last) = claim.said_by, claim.threshold, (claim.period_from, claim.period_to)
    period = f"{first or 'the first there is'} to {last or 'the last there is'}" if first or last else None
    lines: list[tuple[str, str | None]] = [
        ("statement", claim.title),
        ("status", f"{shown.entry.status}, version {shown.version.number} of {len(shown.entry.versions)}"),
        ("said by", f"{speaker.name}, {speaker.office}" if speaker.office else speaker.name),
        ("uttered by", speaker.uttered_by),
        ("said on", ", ".join(filter(None, (claim.said_on, claim.said_at)))),
        ("to", ", ".join(claim.audience)),
        ("chain", "  <  ".join(f"{each.source} ({each.form})" if each.form else each.source for each in claim.chain)),
        ("words", _words(shown)),
        ("source", _source(shown)),
        ("stance", str(claim.stance)),
        ("claimed", f"{claim.actor} {claim.action} {claim.target}"),
        ("degree", claim.degree),
        *((f"goods {each.name}", _goods(shown.version, each.name, each.phrase)) for each in claim.goods),
        ("period", period),
        ("threshold", "none set: 0.10, 0.25 and 0.50" if share is None else f"share of the loss {share:g}"),
        ("episode", claim.episode),
        ("note", claim.note),
        *((relation, f"{other.id}: {other.claim.title}") for relation, other in shown.links_to),
        *(
            (f"is {_PASSIVE.get(relation, relation)} by", f"{other.id}: {other.claim.title}")
            for relation, other in shown.links_from
        ),
        *((f"{each['event']} (v{each['version']})", _event(each)) for each in shown.entry.history()),
    ]
    return [(name, value) for name, value in lines if value]


def _words(shown: ShownClaim) -> str:
    words = shown.version.claim.words
    context = shown.context
    if context is None:
        return f'"{words.text}"' if words.quoted else f"{words.text} (not the speaker's words)"
    own = "" if words.quoted else f"{words.text} (not the speaker's words; in the source: )"
    return " ".join(filter(None, (own, context.before, f"[{context.words}]", context.after)))


def _source(shown: ShownClaim) -> str:
    words = shown.version.claim.words
    where = words.source or "not named"
    if words.start is not None:
        where += f", characters {words.start:,} to {words.end:,}"
    state = "checked" if shown.version.is_checked else "not checked"
    stored = f", stored as {words.sha256[:12]}" if words.sha256 and shown.text else ""
    return f"{where} ({words.language}; {state}{stored})"


def _goods(version: Version, name: str, phrase: str | None) -> str:
    lists = [
        f"{each.list} {each.version} ({len(each.codes)} {'code' if len(each.codes) == 1 else 'codes'})"
        for each in version.goods
        if each.named == name
    ]
    said = f'"{phrase}": ' if phrase else ""
    return said + ("; ".join(lists) or "no list of codes stands for it")


def _event(event: dict[str, Any]) -> str:
    parts = [f"{event['when']} by {event['who']}"]
    if event["from_draft"]:
        parts.append(f"from a draft, {event['yes']} said yes")
    if event["changed"]:
        parts.append("changed: " + ", ".join(change["field"] for change in event["changed"]))
    if event["why"]:
        parts.append(event["why"])
    return "; ".join(parts)
