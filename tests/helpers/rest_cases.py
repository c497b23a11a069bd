"""One call of each operation of the REST API on the lake of :mod:`whole_lake`, beside the same call of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from whole_lake import Whole

from stopgap.panel import episodes
from stopgap.service.rest.router import ROOT

EPISODE = "simulated-alerts-1"
WHY = "asked for"


def built_in_with(file: Path) -> tuple[Callable[[], dict[str, Any]], Callable[[str], episodes.Episode]]:
    """What says which episodes are built in, and what reads one, with one more: that of a file."""
    real, reads = episodes._built_in, episodes._of_package

    def built_in() -> dict[str, Any]:
        return {**real(), EPISODE: file}

    def of_package(name: str) -> episodes.Episode:
        if name != EPISODE:
            return reads(name)
        return episodes.read_episode(file.read_text("utf-8"), label=file.name, path=str(file))

    return built_in, of_package


@dataclass(frozen=True)
class RestCase:
    """One call.

    Attributes:
        path: Path under the root.
        words: Words of the same call on the command line; none where it has none.
        query: Parameters of the query, or fields of a form.
        body: JSON body of a POST.
        files: Files of a form: name of the field -> path.
        changes: Whether it changes the lake.
        cut: Fields of the command line's document that the answer does not have, and the other way round.
    """

    path: str
    words: tuple[object, ...] = ()
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    files: tuple[tuple[str, Path], ...] = ()
    changes: bool = False

    def ask(self, client: TestClient, ending: str = "", **headers: str) -> Any:
        """Ask the service."""
        address = f"{ROOT}{self.path}{ending}"
        if self.files:
            files = [(name, (path.name, path.read_bytes())) for name, path in self.files]
            return client.post(address, data=dict(self.query), files=files, headers=headers)
        if self.body is not None:
            return client.post(address, json=dict(self.body), headers=headers)
        return client.get(address, params=dict(self.query), headers=headers)


def rest_cases(whole: Whole) -> dict[str, RestCase]:
    """Name of an operation -> a call that answers."""
    (entity, name), claim, decision, alert = whole.listed, whole.claims[0], whole.decision, whole.alert
    receipt = whole.receipts["early.csv"]
    measured = {
        "counterfactual": {},
        "routes": {},
        "mirror": {},
        "prices": {},
        "nowcast": {},
        "levers": {"no_routes": "true"},
    }
    posted = {
        "said_by": {"name": "Speaker 9"}, "said_on": "2019-08-08", "chain": [{"source": "A newspaper", "form": "report"}],
        "actor": "NOR", "action": "backfill", "target": "AND", "goods": ["847710"], "words": "They fill it again",
    }  # fmt: skip
    sql = "SELECT reporter, period, value_usd FROM trade ORDER BY ALL LIMIT 20"
    decided = {"query": name, "list": "listed", "entity": entity, "decided": "true", "why": WHY}
    return {
        "get_episodes": RestCase("/episodes", ("episodes",)),
        "get_episodes_episode": RestCase("/episodes/russia-2022", ("episodes", "show", "russia-2022")),
        "get_goods": RestCase("/goods", ("goods",)),
        "get_goods_list": RestCase("/goods/chips", ("goods", "show", "chips")),
        "get_economies": RestCase("/economies", ("economies",)),
        "get_economies_economy": RestCase("/economies/CHN", ("economies", "show", "CHN")),
        "get_sources": RestCase("/sources", ("sources",)),
        "get_sources_source": RestCase("/sources/comtrade", ("sources", "show", "comtrade")),
        "get_series": RestCase(
            "/series", ("series", "--from", "COL", "--to", "AND", "--by", "month", "--goods", "84"),
            {"from": "COL", "to": "AND", "by": "month", "goods": "84"},
        ),
        "get_episodes_episode_measure": RestCase(f"/episodes/{EPISODE}/measure", ("measure", EPISODE)),
        **{
            f"get_episodes_episode_{each}": RestCase(
                f"/episodes/{EPISODE}/{each}", (each, EPISODE, *(("--no-routes",) if query else ())), query
            )
            for each, query in measured.items()
        },
        "get_episodes_episode_diff": RestCase(
            f"/episodes/{EPISODE}/diff", ("diff", EPISODE, "--from", "v1", "--to", "v2"), {"earlier": "v1", "to": "v2"}
        ),
        "get_episodes_episode_exposure": RestCase(
            f"/episodes/{EPISODE}/exposure", ("exposure", EPISODE, "--no-screen"), {"no_screen": "true"}
        ),
        "get_episodes_episode_quality": RestCase(f"/episodes/{EPISODE}/quality", ("lake", "quality", EPISODE)),
        "get_quality": RestCase("/quality", ("lake", "quality")),
        "get_vintages": RestCase("/vintages", ("lake", "vintages")),
        "get_receipts_receipt_rows": RestCase(
            f"/receipts/{receipt}/rows", ("lake", "rows", receipt, "--good", "854231"), {"good": "854231"}
        ),
        "post_query": RestCase("/query", ("query", sql), body={"sql": sql}),
        "post_receipts_receipt_withdraw": RestCase(
            f"/receipts/{receipt}/withdraw", ("lake", "withdraw", receipt, "--why", WHY, "--who", "ann"),
            body={"why": WHY}, changes=True,
        ),
        "get_alerts": RestCase("/alerts", ("alerts", "list", "--status", "all"), {"status": "all"}),
        "get_episodes_episode_alerts": RestCase(
            f"/episodes/{EPISODE}/alerts", ("alerts", "list", EPISODE, "--status", "all"), {"status": "all"}
        ),
        "get_alerts_alert": RestCase(f"/alerts/{alert}", ("alerts", "show", alert)),
        "post_alerts_alert_decide": RestCase(
            f"/alerts/{alert}/decide", ("alerts", "decide", alert, "--as", "dismissed", "--why", WHY, "--by", "ann"),
            body={"as": "dismissed", "why": WHY}, changes=True,
        ),
        "get_markings": RestCase("/markings", ("markings", "list")),
        "get_markings_check": RestCase("/markings/check", ("markings", "check")),
        "get_markings_subject": RestCase(f"/markings/receipt:{receipt}", ("markings", "show", f"receipt:{receipt}")),
        "post_markings": RestCase(
            "/markings", ("markings", "set", f"receipt:{receipt}", "--marking", "GREEN", "--why", WHY, "--by", "ann"),
            body={"subject": f"receipt:{receipt}", "marking": "GREEN", "why": WHY}, changes=True,
        ),
        "get_lists": RestCase("/lists", ("lists",)),
        "get_lists_changes": RestCase(
            "/lists/changes", ("lists", "changes", "--since", "2020-01-01"), {"since": "2020-01-01"}
        ),
        "get_lists_list": RestCase("/lists/listed", ("lists", "show", "listed")),
        "get_listed_entity": RestCase(f"/listed/{entity}", ("lists", "entity", entity)),
        "post_screen": RestCase("/screen", ("screen", name), body={"name": name}),
        "get_decisions": RestCase("/decisions", ("decisions", "list")),
        "get_decisions_verify": RestCase("/decisions/verify", ("decisions", "verify")),
        "get_decisions_decision": RestCase(f"/decisions/{decision}", ("decisions", "show", decision)),
        "post_decisions": RestCase(
            "/decisions", ("decisions", "decide", "--query", name, "--list", "listed", "--entity", entity, "--as", "true",
                           "--why", WHY, "--by", "ann"),
            body=decided, changes=True,
        ),
        "get_ownership": RestCase("/ownership"),
        "post_ownership": RestCase(
            "/ownership", ("ownership", "covered", "--ownership", whole.file("owners.csv")),
            files=(("ownership", Path(whole.file("owners.csv"))),),
        ),
        "post_ownership_check": RestCase(
            "/ownership/check", ("ownership", "check", "D1", "--ownership", whole.file("owners.csv")), {"party": "D1"},
            files=(("ownership", Path(whole.file("owners.csv"))),),
        ),
        "get_claims": RestCase("/claims", ("claims", "list")),
        "get_episodes_episode_claims": RestCase(f"/episodes/{EPISODE}/claims"),
        "get_claims_texts": RestCase("/claims/texts", ("claims", "texts", "list")),
        "get_claims_claim": RestCase(f"/claims/{claim}", ("claims", "show", claim)),
        "post_claims_draft": RestCase(
            "/claims/draft", query={"reader": "rules"}, files=(("files", Path(whole.file("briefing.md"))),)
        ),
        "post_claims": RestCase("/claims", body={"claim": posted}, changes=True),
        "post_claims_texts": RestCase(
            "/claims/texts", ("claims", "texts", "import", whole.file("briefing.md"), "--by", "ann"),
            files=(("files", Path(whole.file("briefing.md"))),), changes=True,
        ),
        "post_claims_test": RestCase("/claims/test", ("claims", "test", "--all"), body={}, changes=True),
        "post_claims_claim_test": RestCase(f"/claims/{claim}/test", ("claims", "test", claim), body={}, changes=True),
        "post_claims_claim_withdraw": RestCase(
            f"/claims/{claim}/withdraw", ("claims", "withdraw", claim, "--why", WHY, "--by", "ann"), body={"why": WHY},
            changes=True,
        ),
        "get_packs": RestCase("/packs", ("pack", "received")),
        "get_packs_pack": RestCase("/packs/partner.zip", ("pack", "received", "partner.zip")),
        "post_packs_verify": RestCase("/packs/verify", ("pack", "verify", whole.pack), files=(("pack", whole.pack),)),
        "post_packs_preview": RestCase("/packs/preview", body={"episode": EPISODE, "marking": "TLP:RED"}),
        "post_packs_compare": RestCase(
            "/packs/compare", ("pack", "compare", whole.pack, whole.pack), files=(("pack", whole.pack), ("pack", whole.pack))
        ),
        "post_packs_receive": RestCase(
            "/packs/receive", ("pack", "receive", whole.pack, "--by", "ann"), files=(("pack", whole.pack),), changes=True
        ),
    }  # fmt: skip
