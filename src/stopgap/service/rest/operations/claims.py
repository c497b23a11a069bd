"""Addresses of statements: the register, drafts, source texts and tests."""

from __future__ import annotations

from dataclasses import MISSING, replace
from typing import Any

from stopgap.answers.claims import claim_table, claims_table, drafts_table, tested_table, texts_table, verdicts_table
from stopgap.answers.documents import listed
from stopgap.base.request import Option, RequestField
from stopgap.claims.drafting.run import READERS
from stopgap.claims.register.request import ClaimFilter, RegisterRequest
from stopgap.claims.testing.request import ClaimsTestRequest, ClaimTestRequest
from stopgap.service.principal import PersonRole
from stopgap.service.rest.names import check_claim
from stopgap.service.rest.operation import Asked, RestOperation, RestsOn, Shaped, Upload
from stopgap.service.rest.operations.measures import EPISODE_HELP
from stopgap.service.rest.posted import posted_statement
from stopgap.service.rest.shapes import result

_CLAIMS = (RestsOn.CLAIMS, RestsOn.FIGURES, RestsOn.ALERTS)
_CLAIM_HELP = {"claim": "Id of a registered statement, or its beginning, such as c-0123456789."}
_VERSION = RequestField("version", int | None, Option("An earlier version, from 1.", metavar="N", least=1), None)
_WHY = RequestField("why", str, Option("The reason.", metavar="TEXT"), MISSING)
_READER = RequestField(
    "reader", str, Option(f"What reads the sentences: {', '.join(READERS)}. With the network (auto), or rules and linear models alone."), "auto"
)  # fmt: skip
_LEAST = RequestField(
    "least", float, Option("Leave out drafts less sure than this.", metavar="CONFIDENCE", least=0, most=1), 0.0
)
_TEXTS = (Upload("files", "Texts: plain, Markdown, HTML, PDF, JSON lines.", most=20),)
CLAIM_EXAMPLE = {
    "said_by": {"name": "Jane Roe", "office": "minister"},
    "said_on": "2024-04-08",
    "chain": [{"source": "A newspaper", "form": "report"}],
    "actor": "CHN",
    "action": "backfill",
    "target": "RUS",
    "goods": ["machinery-electronics"],
    "period": {"from": "2023-01", "to": "2023-12"},
    "words": "China fills the gap.",
}
"""A statement, as a claim file holds it."""


def _claims(found: Any, asked: Asked) -> Shaped:
    return Shaped({"claims": [each.row() for each in found]}, claims_table(found), found.marking, rows_at="claims")


def _claims_of_episode(lake: Any, asked: Asked) -> Any:
    from stopgap.api.results import MarkedList

    episode = asked.path["episode"]
    found = lake.claims.list(asked.request)
    return MarkedList([each for each in found if episode in each.episodes], found.marking)


def _one(lake: Any, asked: Asked) -> Any:
    check_claim(asked.path["claim"])
    return lake.claims.show(asked.path["claim"], version=asked.extra.get("version"))


def _texts(found: Any, asked: Asked) -> Shaped:
    document = listed("texts", found)
    return Shaped(document, texts_table(document["texts"]), found.marking, rows_at="texts")


def _imported(found: Any, asked: Asked) -> Shaped:
    rows = [each.as_dict() for each in found]
    notes = [f"{row['name']}: {note}" for row in rows for note in row["notes"]]
    document = {"texts": rows, "new": sum(each.is_new for each in found), "warnings": notes}
    return Shaped(document, texts_table(rows), found.marking, rows_at="texts")


def _import(lake: Any, asked: Asked) -> Any:
    return lake.claims.texts.import_files(list(asked.files["files"]))


def _draft(lake: Any, asked: Asked) -> Any:
    files = list(asked.files["files"])
    return lake.claims.draft(files, reader=asked.extra.get("reader", "auto"), least=asked.extra.get("least", 0.0))


def _drafts(found: Any, asked: Asked) -> Shaped:
    document = {"drafts": found.as_records(), "reader": found.reader, "warnings": list(found.notes)}
    return Shaped(document, drafts_table(found), found.marking, rows_at="drafts")


def _register(lake: Any, asked: Asked) -> Any:
    read = posted_statement(asked.body, tuple(asked.request.fills))
    return lake.claims.register(read, asked.request)


def _withdraw(lake: Any, asked: Asked) -> Any:
    check_claim(asked.path["claim"])
    return lake.claims.withdraw(asked.path["claim"], why=asked.extra["why"])


def _test(lake: Any, asked: Asked) -> Any:
    check_claim(asked.path["claim"])
    return lake.claims.test(asked.path["claim"], asked.request)


def _test_all(lake: Any, asked: Asked) -> Any:
    ids = asked.extra.get("ids", ())
    for id in ids:
        check_claim(id)
    return lake.claims.test_all(replace(asked.request, claims=tuple(ids)))


def _all_tested(found: Any, asked: Asked) -> Shaped:
    return Shaped(listed("claims", found), verdicts_table(found), found.marking, rows_at="claims")


def _tested(found: Any, asked: Asked) -> Shaped:
    return Shaped(
        found.as_dict(), tested_table(found), found.marking, rows_at="months" if found.months else "hypotheses"
    )


CLAIMS = (
    RestOperation(
        method="GET", path="/claims", summary="Statements of the register, the latest said first.", api="claims.list",
        request=ClaimFilter, shape=_claims, rests_on=_CLAIMS,
    ),
    RestOperation(
        method="GET", path="/episodes/{episode}/claims", summary="Statements that name the episode, or were tested on it.",
        api="claims.list", request=ClaimFilter, shape=_claims, ask=_claims_of_episode, rests_on=_CLAIMS,
        path_help=EPISODE_HELP,
    ),
    RestOperation(
        method="GET", path="/claims/texts", summary="Source texts of the register.", api="claims.texts.list", shape=_texts,
        rests_on=_CLAIMS,
    ),
    RestOperation(
        method="GET", path="/claims/{claim}", summary="One statement: words, speaker, chain, goods, links, versions, tests.",
        api="claims.show", is_list=False, ask=_one, shape=result(claim_table), extra=(_VERSION,), rests_on=_CLAIMS, path_help=_CLAIM_HELP,
    ),
    RestOperation(
        method="POST", path="/claims/draft", summary="Propose the statements in texts; nothing is registered, a person decides.",
        api="claims.draft", ask=_draft, shape=_drafts, extra=(_READER, _LEAST), uploads=_TEXTS,
    ),
    RestOperation(
        method="POST", path="/claims", summary="Put a statement into the register; a changed one is a new version.",
        api="claims.register", request=RegisterRequest, ask=_register, shape=result(lambda made: claims_table([made.entry])),
        leaves_out=frozenset({"draft"}), role=PersonRole.ANALYST, what="register statements",
        body={
            "claim": {"type": "object", "description": "The statement, with the fields of a claim file; goods and episode by name."},
            "draft": {"type": "object", "description": "A draft (POST claims/draft), in place of a statement."},
            "text": {"type": "string", "description": "The source text, in which the words are looked for.", "maxLength": 4_000_000},
            "text_name": {"type": "string", "description": "Name of the source text, such as briefing.md.", "maxLength": 100},
        },
        example={"claim": CLAIM_EXAMPLE},
    ),
    RestOperation(
        method="POST", path="/claims/texts", summary="Store source texts; one that is there already is left as it is.",
        api="claims.texts.import_files", ask=_import, shape=_imported, uploads=_TEXTS, role=PersonRole.ANALYST, what="store texts",
    ),
    RestOperation(
        method="POST", path="/claims/test", summary="Test several statements, every registered one where none is named.",
        api="claims.test_all", request=ClaimsTestRequest, ask=_test_all, shape=_all_tested, role=PersonRole.ANALYST,
        what="test statements",
        extra=(RequestField("ids", tuple[str, ...], Option("Ids of registered statements, or their beginnings.", metavar="ID"), ()),),
        example={"ids": ["c-0123456789"]},
    ),
    RestOperation(
        method="POST", path="/claims/{claim}/test", summary="Test a statement against the figures: a verdict, and why.",
        api="claims.test", request=ClaimTestRequest, ask=_test, shape=_tested, role=PersonRole.ANALYST, what="test statements",
        path_help=_CLAIM_HELP, example={"by_month": False},
    ),
    RestOperation(
        method="POST", path="/claims/{claim}/withdraw", summary="Take a statement out of the list; it stays in the register.",
        api="claims.withdraw", ask=_withdraw, shape=result(lambda entry: claims_table([entry])), extra=(_WHY,),
        role=PersonRole.ANALYST, what="withdraw statements", path_help=_CLAIM_HELP, example={"why": "the speaker was misquoted"},
    ),
)  # fmt: skip
