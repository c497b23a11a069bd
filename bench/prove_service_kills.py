"""kill -9 of a real service and its workers at random moments, under load, many times, and what was lost: nothing.

    python bench/prove_service_kills.py --kills 60 --seed 1
    python bench/prove_service_kills.py --kills 60 --seed 1 --database postgresql

Clients import files, screen files of names, make packs and decide on matches, one request after the other; a request
whose answer never came is sent again with the same idempotency key. Meanwhile the service, one of its workers, or all of
them at once are killed. A service that has ended is started again at once, as systemd would. Then every job that was
answered must have ended, each import that is done must be in the lake exactly once, each pack must verify, each decision
that was answered must be in the log, and ``lake check`` must pass. The service must answer within five seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from measured import CACHE, ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from demo_lake import make_demo_lake
from lake_state import faults
from screen_lake import load
from service_databases import postgres_server
from service_kills import TARGETS, Asker, ServedLake, a_decision, a_pack, a_screening, an_import, ends_of  # fmt: skip

from stopgap.api import Lake
from stopgap.api.packs import verify_pack
from stopgap.lake.history import read_log, vintages

API = "/api/v1"
PASSPHRASE = "correct horse battery staple"
PROMISED_S = 5.0
PAUSES = {an_import: 1.0, a_screening: 4.0, a_pack: 15.0, a_decision: 0.5}
GIVEN_UP = "the job was given up after 3 attempts"


def receipts_in(lake: Path) -> Counter[str]:
    """Hash of each imported file -> how often it is in the lake."""
    return Counter(receipt.sha256 for commit in vintages(read_log(lake)) for receipt in commit.receipts)


def jobs_lost(asker: Asker, jobs: dict[str, dict[str, Any]]) -> list[str]:
    """Jobs that were answered and neither done nor given up with the reason."""
    return [
        f"{asker.send.__name__} {job['id']}: {job['state']}, {job['error']}"
        for each in asker.answers.values()
        if (job := jobs[each["id"]])["state"] != "done" and GIVEN_UP not in str(job["error"])
    ]


def imports_wrong(before: Counter[str], served: ServedLake, asker: Asker, jobs: dict[str, dict[str, Any]]) -> list[str]:
    """Files that an import that is done did not leave in the lake exactly once."""
    found = receipts_in(served.lake) - before
    twice = [f"{sha256} is {count} times in the lake" for sha256, count in found.items() if count > 1]
    done = [jobs[each["id"]] for each in asker.answers.values() if jobs[each["id"]]["state"] == "done"]
    wanted = {file["sha256"] for job in done for file in job["request"]["files"]}
    return twice + [f"{sha256} is not in the lake" for sha256 in sorted(wanted - set(found))]


def packs_wrong(served: ServedLake, asker: Asker, jobs: dict[str, dict[str, Any]], trust: Path) -> list[str]:
    """Packs that are not as their job says, or do not verify."""
    found = []
    with served.client() as client:
        for each in asker.answers.values():
            job = jobs[each["id"]]
            for file in job["files"]:
                data = client.get(f"{API}/jobs/{job['id']}/files/{file['name']}").content
                path = served.folder / "pack.zip"
                path.write_bytes(data)
                if hashlib.sha256(data).hexdigest() != file["sha256"]:
                    found.append(f"{file['name']} of {job['id']} has other bytes")
                elif not verify_pack(path, trust=[trust], home=served.folder / "keys").holds:
                    found.append(f"{file['name']} of {job['id']} does not verify")
    return found


def decisions_lost(served: ServedLake, asker: Asker) -> list[str]:
    """Decisions that were answered and are not in the log."""
    kept = {entry.decision.subject.name for entry in Lake(served.lake).decisions(status="all")}
    return [name for number in asker.answers if (name := f"Northwind Trading {number}") not in kept]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    heading(f"A service under load, killed {given.kills} times ({given.database}, {given.workers} workers)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=CACHE)))
        is_file = given.database == "sqlite"
        url = f"sqlite:///{folder / 'service.sqlite'}" if is_file else stack.enter_context(postgres_server())
        wrong = proved(folder, url, given)
    for line in wrong:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


def proved(folder: Path, url: str, given: argparse.Namespace) -> list[str]:
    """Kill a service under load; print what was seen, and return what does not hold."""
    keys = folder / "keys"
    served = ServedLake(folder, url, given.workers, (keys, PASSPHRASE))
    os.environ["STOPGAP_HOME"] = str(keys)
    lake = make_demo_lake(served.lake)
    load(lake, folder / "lists")
    signer = Lake(lake).keys.new("desk", passphrase=PASSPHRASE)
    before = receipts_in(lake)
    served.start()
    askers = {send.__name__: Asker(served, send, first=1) for send in PAUSES}
    for send, pause in PAUSES.items():
        askers[send.__name__].start(pause)
    draw = random.Random(given.seed)
    kills: Counter[str] = Counter()
    for _ in range(given.kills):
        time.sleep(draw.uniform(0.3, 4.0))
        target = draw.choice(TARGETS)
        served.kill(target, draw)
        kills[target] += 1
        served.wait_until_up()
    for asker in askers.values():
        asker.stop()
    work = {name: asker for name, asker in askers.items() if name != a_decision.__name__}
    jobs = ends_of(served, [each["id"] for asker in work.values() for each in asker.answers.values()], 900.0)
    wrong = [line for asker in work.values() for line in jobs_lost(asker, jobs)]
    wrong += imports_wrong(before, served, work[an_import.__name__], jobs)
    wrong += packs_wrong(served, work[a_pack.__name__], jobs, signer.public_file)
    served.stop()
    wrong += [f"decision on {name} is lost" for name in decisions_lost(served, askers[a_decision.__name__])]
    wrong += [f"lake check: {fault}" for fault in faults(served.lake)]
    wrong += [f"{name} refused: {line}" for name, asker in askers.items() for line in asker.refused[:5]]
    slow = [seconds for seconds in served.back_after if seconds > PROMISED_S]
    wrong += [f"the service was back after {seconds:.1f} s" for seconds in slow]
    _tell(askers, jobs, kills, served)
    return wrong


def _tell(askers: dict[str, Asker], jobs: dict[str, dict[str, Any]], kills: Counter[str], served: ServedLake) -> None:
    rows = []
    for name, asker in askers.items():
        mine = [jobs[each["id"]] for each in asker.answers.values() if each.get("id") in jobs]
        again = sum(job["attempts"] > 1 for job in mine)
        done, given_up = (sum(job["state"] == state for job in mine) for state in ("done", "failed"))
        rows.append([name.replace("_", " "), len(asker.answers), *([done, again, given_up] if mine else ["–"] * 3)])
    table(("what", "answered", "done", "taken up again", "given up after 3 attempts"), rows)
    back = sorted(served.back_after)
    print(f"\nKilled: {', '.join(f'{count} times the {name}' for name, count in sorted(kills.items()))}.")
    if back:
        print(f"Back after {back[len(back) // 2]:.1f} s (median), {back[-1]:.1f} s at most.")


if __name__ == "__main__":
    main()
