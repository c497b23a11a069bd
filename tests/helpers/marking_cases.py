"""Every command of the command line, as it gives an answer, an empty answer, and an error after evidence was read.

``tests/evidence/markings/test_markings_of_all.py`` asks that each leaf of the command tree stands here, ``bench/prove_markings.py`` runs
them under random markings.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from whole_lake import Said, Whole

from stopgap.base.marking import Marking, marking_of
from stopgap.lake.marking_log import read_book

FAR = ("--baseline", "2030-01:2030-12", "--after", "2031-01:2031-12")
NEVER = "v99"
FETCHED = ("--partner", "RUS", "--codes", "854231", "--from", "2023-01", "--to", "2023-02")
WORDS = ("--why", "asked for", "--by", "ann")


LINE = re.compile(r"^marking: (TLP:[A-Z+]+)(?: REL (.*))?$", re.M)


def lines_of(text: str) -> list[Marking]:
    """Every marking that a text says in a line of its own."""
    found = []
    for level, economies in LINE.findall(text):
        to = None if not economies else [] if economies == "nobody" else economies.split(", ")
        found.append(marking_of({"tlp": level, "releasable_to": to}, where="output"))
    return found


def labels_of(done: Said, form: str) -> list[Marking]:
    """What the output of a command says of its marking, where its form has the place for it."""
    if form == "json" and done.text.startswith("{\n"):
        document = json.loads(done.text)
        return [marking_of(document["marking"], where="output")] if "marking" in document else []
    if not done.out:  # an error, as text
        return lines_of(done.err)
    if form == "parquet":
        metadata = pq.read_schema(io.BytesIO(done.out)).metadata or {}
        return [marking_of(json.loads(metadata[b"marking"]), where="output")] if b"marking" in metadata else []
    # CSV, and the lines of a log, have no room for it
    return lines_of(done.err if form in ("csv", "json") else done.text)


@dataclass(frozen=True)
class Case:
    """One call of a command.

    Attributes:
        words: After ``stopgap``; ``--lake`` and ``--format`` come behind.
        way: ``answer``, ``empty`` or ``error``.
        is_marked: Whether it says anything of a lake, so that a marking must be on it.
        changes: Whether it changes the lake: it gets a copy of its own.
        formats: Formats that it takes.
        has_output: Whether it takes ``--output FILE`` for its answer.
    """

    words: tuple[object, ...]
    way: str = "answer"
    is_marked: bool = True
    changes: bool = False
    formats: tuple[str, ...] = ("json", "table", "csv", "md", "parquet")
    has_output: bool = True

    @property
    def name(self) -> str:
        return " ".join(Path(str(word)).name if "/" in str(word) else str(word) for word in self.words)[:90]


def cases_of(whole: Whole, out: Path) -> dict[str, Sequence[Case]]:
    """Command -> its calls.

    Args:
        whole: The lake.
        out: Folder for what the calls write.
    """
    episode, world = whole.episode, whole.folder / "world"
    alert, claim, decision, finding = whole.alert, whole.claims[0], whole.decision, whole.finding
    receipt, (entity, listed) = whole.receipts["early.csv"], whole.listed
    secret, owners = whole.file("passphrase.txt"), whole.file("owners.csv")
    asked = ("--as", "watch", *WORDS)
    on_match = ("--list", "listed", "--as", "false", *WORDS)
    signing = ("--key", "liaison", "--passphrase-file", secret)

    def answer(*words: object, **rest: object) -> Case:
        return Case(words, "answer", **rest)  # type: ignore[arg-type]

    def empty(*words: object, **rest: object) -> Case:
        return Case(words, "empty", **rest)  # type: ignore[arg-type]

    def error(*words: object, **rest: object) -> Case:
        return Case(words, "error", **rest)  # type: ignore[arg-type]

    def nothing(*words: object, **rest: object) -> Case:
        return Case(words, "answer", is_marked=False, **rest)  # type: ignore[arg-type]

    def measure(name: str, *more: object) -> list[Case]:
        return [
            answer(name, episode, *more),
            error(name, episode, *FAR, *more),
            error(name, episode, *more, "--as-of", NEVER),
        ]

    decided = read_book(whole.lake).decided
    taken_back = decided[0].id if decided else "r-0000000000"
    names, column = whole.file("names.csv"), ("--name-column", "name")
    return {
        "demo": [],  # makes a lake of its own; tests/briefs/test_brief_run.py
        "measure": [*measure("measure"), answer("measure", episode, "--by", "good"),
                    error("measure", episode, "--report", "mirror", *FAR)],
        "brief": [answer("brief", episode, "--output", out / "brief.md", has_output=False),
                  answer("brief", episode, "--output", out / "brief.html", has_output=False),
                  answer("brief", episode, "--output", out / "brief.xlsx", has_output=False),
                  error("brief", episode, *FAR, "--output", out / "brief.md", has_output=False)],
        "mirror": measure("mirror"),
        "counterfactual": measure("counterfactual"),
        "import": [answer("import", world / "early.csv", changes=True),
                   answer("import", world / "trade.csv", changes=True),
                   error("import", world / "trade.csv", "--replaces", "0" * 16, changes=True),
                   error("import", whole.file("cut.csv"), "--source", "list", "--list", "listed", changes=True)],
        "query": [answer("query", "SELECT receipt, file_name FROM receipts"),
                  answer("query", "SELECT count(*) AS n FROM trade"),
                  answer("query", "SELECT count(*) AS n FROM declarations"),
                  answer("query", "SELECT count(*) AS n FROM listed"),
                  answer("query", "SELECT finding_id FROM findings"),
                  answer("query", "SELECT * FROM received_packs"),
                  empty("query", "SELECT * FROM trade WHERE reporter = 'XXX'"),
                  empty("query", "SELECT * FROM listed WHERE false"),
                  error("query", "SELECT 1 FROM trade", "--as-of", NEVER)],
        "doctor": [answer("doctor")],
        "diff": [answer("diff", episode, "--from", "v1", "--to", "v2"), empty("diff", episode, "--from", "v2", "--to", "v3"),
                 error("diff", episode, "--from", "v1", *FAR), error("diff", episode, "--from", NEVER)],
        "watch": [answer("watch", episode, "--once", "--no-fetch", changes=True, has_output=False),
                  error("watch", episode, "--once", "--no-fetch", *FAR, changes=True, has_output=False)],
        "prices": measure("prices"),
        "series": [answer("series", "--from", "COL", "--to", "AND", "--by", "month", "--goods", "84"),
                   error("series", "--from", "COL", "--to", "AND", "--goods", "84", "--period", "2035"),
                   error("series", "--from", "FJI", "--to", "AND"),
                   error("series", "--from", "COL", "--to", "AND", "--as-of", NEVER)],
        "nowcast": measure("nowcast"),
        "levers": measure("levers", "--no-routes"),
        "routes": measure("routes"),
        "publish": [],  # a built-in episode alone; tests/publish
        "mcp": [],  # serves until its input ends; tests/service/assistants
        "init": [],  # knows no lake; tests/example/test_example.py
        "simulate": [],  # knows no lake; tests/cli/test_simulate_command.py
        "exposure": [answer("exposure", episode, "--no-screen"),
                     answer("exposure", episode, "--ftm", out / "exposure.ftm.jsonl"),
                     error("exposure", episode, "--from", "2030-01", "--to", "2030-02", "--no-screen"),
                     error("exposure", episode, "--source", "nowhere", "--no-screen")],
        "screen": [answer("screen", listed, "--explain"), empty("screen", "Quiet Orchard Bakery"),
                   empty("screen", "Quiet Orchard Bakery", "--no-decisions"),
                   answer("screen", names, *column, formats=("json", "table", "csv")),
                   error("screen", "Quiet Orchard", "--list", "nowhere"),
                   error("screen", "Quiet Orchard", "--as-of", NEVER)],
        "lake vintages": [answer("lake", "vintages")],
        "lake rows": [answer("lake", "rows", receipt, "--good", "854231"), empty("lake", "rows", receipt, "--good", "000000")],
        "lake check": [answer("lake", "check")],
        "lake compact": [answer("lake", "compact", changes=True)],
        "lake withdraw": [answer("lake", "withdraw", receipt, "--why", "by mistake", changes=True),
                          error("lake", "withdraw", "0" * 16, "--why", "by mistake", changes=True)],
        "lake export": [answer("lake", "export", out / "FRESH"),
                        error("lake", "export", whole.folder)],
        "lake quality": [answer("lake", "quality", episode), empty("lake", "quality", "--reporter", "FJI"),
                         answer("lake", "quality", "--table", "receipts"), error("lake", "quality", "--source", "nowhere")],
        "lists": [answer("lists")],
        "lists show": [answer("lists", "show", "listed"), error("lists", "show", "nowhere")],
        "lists entity": [answer("lists", "entity", entity), error("lists", "entity", "nobody")],
        "lists changes": [answer("lists", "changes", "--since", "2020-01-01"), empty("lists", "changes", "--since", "2099-01-01"),
                          error("lists", "changes", "--since", NEVER)],
        # what a fetch brings is imported; tests/sources/live
        **{f"fetch {service}": [nothing("fetch", service, *FETCHED, "--dry-run")]
           for service in ("eurostat", "us-census", "hmrc")},
        "fetch comtrade": [nothing("fetch", "comtrade", *FETCHED, "--reporter", "CHN", "--dry-run")],
        "sources": [nothing("sources")],
        "sources show": [nothing("sources", "show", "comtrade")],
        "sources check": [nothing("sources", "check", "comtrade", world / "late.csv")],
        "episodes": [nothing("episodes")],
        "episodes show": [nothing("episodes", "show", "russia-2022")],
        "episodes check": [nothing("episodes", "check", episode)],
        "goods": [nothing("goods")],
        "goods show": [nothing("goods", "show", "chips")],
        "goods check": [nothing("goods", "check", world / "goods.csv")],
        "economies": [nothing("economies")],
        "economies show": [nothing("economies", "show", "CHN")],
        "alerts run": [answer("alerts", "run", episode, changes=True),
                       empty("alerts", "run", episode, "--month", "2019-04", changes=True),
                       error("alerts", "run", episode, "--month", "2035-01"), error("alerts", "run", episode, "--as-of", NEVER)],
        "alerts list": [answer("alerts", "list", "--status", "all"), empty("alerts", "list", "russia-2022"),
                        empty("alerts", "list", "--status", "dismissed")],
        "alerts show": [answer("alerts", "show", alert), error("alerts", "show", "a-0000000000")],
        "alerts decide": [answer("alerts", "decide", alert, *asked, changes=True),
                          error("alerts", "decide", "a-0000000000", *asked)],
        "claims register": [answer("claims", "register", whole.file("claim-0.yml"), "--by", "ann", changes=True),
                            error("claims", "register", whole.file("linked.yml"), "--by", "ann", changes=True)],
        "claims list": [answer("claims", "list"), empty("claims", "list", "--actor", "USA"),
                        empty("claims", "list", "--speaker", "nobody")],
        "claims show": [answer("claims", "show", claim), error("claims", "show", "c-0000000000"),
                        error("claims", "show", claim, "--version", 9)],
        "claims withdraw": [answer("claims", "withdraw", claim, *WORDS, changes=True),
                            error("claims", "withdraw", "c-0000000000", *WORDS)],
        "claims draft": [nothing("claims", "draft", whole.file("briefing.md"), "--reader", "rules", formats=("table", "csv"))],
        "claims test": [answer("claims", "test", claim, changes=True), answer("claims", "test", "--all", changes=True),
                        answer("claims", "test", claim, "--output", out / "page.html", has_output=False),
                        error("claims", "test", claim, "--as-of", NEVER), error("claims", "test", "c-0000000000")],
        "claims texts import": [answer("claims", "texts", "import", whole.file("briefing.md"), changes=True)],
        "claims texts list": [answer("claims", "texts", "list")],
        "decisions decide": [answer("decisions", "decide", "--query", listed, "--entity", entity, *on_match, changes=True),
                             error("decisions", "decide", "--query", listed, "--entity", "nobody", *on_match)],
        "decisions list": [answer("decisions", "list"), empty("decisions", "list", "--by", "nobody")],
        "decisions show": [answer("decisions", "show", decision), error("decisions", "show", "d-000000000000")],
        "decisions verify": [answer("decisions", "verify"), error("decisions", "verify", "--head", "0" * 64)],
        "decisions export": [answer("decisions", "export", formats=("json", "csv"))],
        "decisions replay": [answer("decisions", "replay", whole.file("decisions.jsonl"), "--dry-run")],
        "pack create": [Case(("pack", "create", episode, "--marking", "RED", *signing, "--output", out / "FRESH.zip",
                              "--without", "brief"), has_output=False),
                        Case(("pack", "create", episode, "--marking", "GREEN", *signing, "--output", out / "FRESH.zip",
                              "--without", "brief"), "error", has_output=False)],
        "pack verify": [answer("pack", "verify", whole.pack, "--no-numbers")],
        "pack export": [answer("pack", "export", whole.pack, "--as", "stix", "--output", out / "bundle.json", has_output=False)],
        "pack receive": [answer("pack", "receive", whole.pack, "--by", "ann", changes=True)],
        "pack received": [answer("pack", "received"), answer("pack", "received", whole.pack.name),
                          error("pack", "received", "nowhere")],
        "pack compare": [answer("pack", "compare", whole.pack, whole.pack), error("pack", "compare", whole.pack, "nowhere")],
        "markings set": [answer("markings", "set", f"receipt:{receipt}", "--marking", "RED", *WORDS, changes=True),
                         error("markings", "set", f"receipt:{'0' * 16}", "--marking", "RED", *WORDS),
                         error("markings", "set", f"finding:{finding}", "--marking", "CLEAR", *WORDS, changes=True)],
        "markings list": [answer("markings", "list")],
        "markings show": [answer("markings", "show", f"receipt:{receipt}"), answer("markings", "show", "source:comtrade"),
                          answer("markings", "show", finding), answer("markings", "show", f"verdict:{claim}"),
                          answer("markings", "show", f"alert:{alert}"), error("markings", "show", f"receipt:{'0' * 16}")],
        "markings release": [answer("markings", "release", finding, "--marking", "GREEN", *WORDS, changes=True),
                             error("markings", "release", finding, "--marking", "RED", *WORDS)],
        "markings withdraw": [error("markings", "withdraw", taken_back, *WORDS), error("markings", "withdraw", "r-0000000000", *WORDS)],
        "markings check": [nothing("markings", "check")],
        "ownership check": [answer("ownership", "check", "Example Daughter Ltd", "--ownership", owners, "--list", "listed"),
                            error("ownership", "check", "nobody", "--ownership", owners, "--list", "listed")],
        "ownership covered": [answer("ownership", "covered", "--ownership", owners, "--list", "listed"),
                              error("ownership", "covered", "--ownership", owners, "--list", "nowhere")],
        "serve": [],  # runs until it is stopped; tests/service/state/test_serve.py
        # people and tokens are no evidence; what changes them, tests/cli/test_service_commands.py
        **{f"people {name}": [] for name in ("add", "change", "remove", "invite")},
        **{f"tokens {name}": [] for name in ("new", "revoke")},
        **{f"service {name}": [] for name in ("backup", "restore", "link", "audit export")},
        "people list": [nothing("people", "list", changes=True)],
        "tokens list": [nothing("tokens", "list", changes=True)],
        "service audit verify": [nothing("service", "audit", "verify", changes=True)],
        "keys new": [nothing("keys", "new", "FRESH", "--passphrase-file", secret, "--by", "ann")],
        "keys rotate": [],
        "keys list": [nothing("keys", "list")],
        "keys show": [nothing("keys", "show", "liaison")],
        "keys trust": [],
        "keys revoke": [],
    }  # fmt: skip
