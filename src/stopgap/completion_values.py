"""Values that a shell completes: names in the package, and names that the lake's own small files hold.

Nothing here imports pyarrow or pandas, opens the lake, or writes. A value or its description may come from a file of
others, such as the title of a claim: :mod:`stopgap.cli.terminal.completion` removes what a shell could take for more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stopgap.base.request import Completes
from stopgap.base.settings import Settings

Values = Iterator[tuple[str, str]]
"""Values, each with what it is in a few words (may be empty)."""

SOURCES = {
    "comtrade": "UN Comtrade",
    "canonical": "Stopgap's own table",
    "comext": "Eurostat Comext, bulk files",
    "eurostat": "Eurostat, SDMX-CSV or TSV",
    "eurostat-workbook": "Eurostat data browser, Excel",
    "easycomext": "Eurostat EasyComext",
    "china-customs": "China's customs",
    "baci": "BACI (CEPII)",
    "wits": "WITS (World Bank)",
    "imf-imts": "IMF, totals by partner",
    "us-census": "US Census Bureau",
    "hmrc": "HMRC, UK Trade Info",
    "mapping": "any table, through a mapping",
    "declarations": "customs declarations, through a mapping",
    "eu-journal": "EU listings",
    "us-csl": "US Consolidated Screening List",
    "ofac-csv": "OFAC, delimited files",
    "ofac-enhanced": "OFAC, enhanced XML",
    "ofac-xml": "OFAC, XML",
    "un-xml": "UN Security Council",
    "uk-conlist": "UK consolidated list",
    "us-dpl": "US Denied Persons List",
    "jp-meti": "Japan, METI",
    "opensanctions-csv": "OpenSanctions, CSV",
    "ftm": "FollowTheMoney entities",
    "list": "a list of your own, CSV",
    "mapped-list": "any list, through a mapping",
}
"""Built-in sources -> what completion says of each; the titles of the registry would load every reader."""

SERVICES = ("comtrade", "eurostat", "us-census", "hmrc")
_TITLE = re.compile(r"^title:\s*(.*)$", re.MULTILINE)
_CODE_LENGTHS = (2, 4, 6)
_LOG_LIMIT = 4 * 2**20
_COMMIT_LIMIT = 2**18
_COMMITS = 500


def values_of(kind: Completes, typed: str, settings: Settings) -> Values:
    """Yield the values of a kind, the likeliest first.

    Args:
        kind: What the values are.
        typed: What was typed so far.
        settings: Folders of the lake and of the user's keys.
    """
    yield from _VALUES[kind](typed, settings)


def _episodes(typed: str, settings: Settings) -> Values:
    import stopgap.panel

    yield from _titled(Path(str(stopgap.panel.__file__)).parent / "episodes_data")
    yield from _files(typed, ".yml", ".yaml")


def _goods(typed: str, settings: Settings) -> Values:
    from stopgap.codes.files import GOODS_LISTS

    if typed.isdigit():
        yield from _codes(typed)
        return
    yield from _titled(GOODS_LISTS)
    yield from _files(typed, ".yml", ".yaml", ".csv")


def _titled(folder: Path) -> Values:
    for path in sorted(folder.glob("*.yml")):
        found = _TITLE.search(path.read_text("utf-8"))
        yield path.stem, found[1].strip().strip("\"'") if found else ""


def _files(typed: str, *endings: str) -> Values:
    """Yield files beside which the user stands, once something is typed that a name can begin with."""
    if typed and "/" not in typed:
        for path in sorted(Path().iterdir()):
            if path.name.startswith(typed) and path.name.lower().endswith(endings):
                yield path.name, "file"


def _codes(typed: str) -> Values:
    """Yield the HS codes of the next level down from the digits that are typed."""
    from stopgap.codes.files import data_tuples

    length = next((each for each in _CODE_LENGTHS if each > len(typed)), 0)
    for code, _, description in data_tuples("hs_nomenclature.csv.gz"):
        if len(code) == length and code.startswith(typed):
            yield code, description


def _economies(typed: str, settings: Settings) -> Values:
    from stopgap.codes.areas import areas
    from stopgap.codes.groups import group_names

    as_typed = str.lower if typed.islower() else str.upper
    for name in group_names():
        yield as_typed(name), "group"
    for area in areas().values():
        if area.exit_year is None and area.kind == "economy":
            yield as_typed(area.code), area.name


def _revisions(typed: str, settings: Settings) -> Values:
    from stopgap.codes.commodities import COMTRADE_REVISION

    for name in reversed(list(COMTRADE_REVISION.values())):
        if name != "HS":
            yield name, ""


def _sources(typed: str, settings: Settings) -> Values:
    yield from SOURCES.items()


def _services(typed: str, settings: Settings) -> Values:
    for name in SERVICES:
        yield name, SOURCES[name]


def _mappings(typed: str, settings: Settings) -> Values:
    from stopgap.sources.mapping import mapping_names

    for name in mapping_names():
        yield name, "mapping in the package"
    yield from _files(typed, ".yml", ".yaml")


def _markings(typed: str, settings: Settings) -> Values:
    for name in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"):
        yield name, f"TLP:{name}"


def _vintages(typed: str, settings: Settings) -> Values:
    found = {int(note["vintage"][1:]): note for note, _ in _commits(settings.lake) if note.get("vintage")}
    for number in sorted(found, reverse=True):
        files = [str(receipt.get("file_name", "")) for receipt in found[number].get("receipts", ())]
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield f"v{number}", f"{found[number].get('committed', '')[:10]} {''.join(files[:1])}{more}"


def _lists(typed: str, settings: Settings) -> Values:
    """Yield lists of companies: those that the index of names knows, and the bounds in the table's own log."""
    names: set[str] = set()
    for about in (settings.lake / "screening").glob("index-*/about.json"):
        names |= set(json.loads(about.read_text("utf-8"))["formats"])
    for _, actions in _commits(settings.lake, "listed_facts"):
        for action in actions:
            stats = json.loads(action.get("add", {}).get("stats") or "{}")
            for bound in ("minValues", "maxValues"):
                names |= {value for name, value in stats.get(bound, {}).items() if name in ("list", "family")}
    for name in sorted(names):
        yield name, ""


def _commits(lake: Path, table: str = "*") -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield the newest commits of the lake's tables: Stopgap's note, and all actions."""
    files = sorted((lake / "tables").glob(f"{table}/_delta_log/*.json"), key=lambda path: path.name, reverse=True)
    for path in files[:_COMMITS]:
        if path.stat().st_size > _COMMIT_LIMIT:
            continue
        actions = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        note = next((action["commitInfo"].get("stopgap") for action in actions if "commitInfo" in action), None)
        yield json.loads(note or "{}"), actions


def _claims(typed: str, settings: Settings) -> Values:
    titles: dict[str, str] = {}
    for event in _events(settings.lake / "claims" / "log.jsonl"):
        if event.get("event") == "withdrawn":
            titles.pop(event["id"], None)
        elif "claim" in event:
            titles[event["id"]] = str(event["claim"].get("title", ""))
    yield from _unmarked(titles, settings.lake)
    yield from _files(typed, ".yml", ".yaml")


def _alerts(typed: str, settings: Settings) -> Values:
    raised: dict[str, str] = {}
    for event in _events(settings.lake / "alerts" / "log.jsonl"):
        if event.get("event") == "raised":
            alert = event.get("alert", {})
            raised[event["id"]] = " ".join(str(alert[name]) for name in ("supplier", "good", "month") if name in alert)
    yield from reversed(list(_unmarked(raised, settings.lake)))


def _unmarked(titles: dict[str, str], lake: Path) -> Values:
    """Yield ids with their titles; without them in a lake that marks anything, for a list of values has no marking."""
    is_marked = (lake / "markings").exists()
    for name, title in titles.items():
        yield name, "" if is_marked else title


def _keys(typed: str, settings: Settings) -> Values:
    for path in sorted((settings.home / "keys").glob("*.pub.json")):
        yield path.name.removesuffix(".pub.json"), "your own key"
    for event in _events(settings.home / "trust.jsonl"):
        if event.get("event") == "trusted" and not event.get("own"):
            yield str(event["as"]), "key that you trust"


def _events(log: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a log; none of one that would take long to read."""
    if log.is_file() and log.stat().st_size <= _LOG_LIMIT:
        for line in log.read_text("utf-8").split("\n")[:-1]:
            if line.strip():
                yield json.loads(line)


_VALUES: dict[Completes, Callable[[str, Settings], Values]] = {
    Completes.EPISODE: _episodes,
    Completes.GOODS: _goods,
    Completes.ECONOMY: _economies,
    Completes.REVISION: _revisions,
    Completes.SOURCE: _sources,
    Completes.SERVICE: _services,
    Completes.MAPPING: _mappings,
    Completes.VINTAGE: _vintages,
    Completes.LISTED: _lists,
    Completes.CLAIM: _claims,
    Completes.ALERT: _alerts,
    Completes.KEY: _keys,
    Completes.MARKING: _markings,
}
