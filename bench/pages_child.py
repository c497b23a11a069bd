"""Child of bench_pages: the overview of an episode on a large lake, drawn whole, other windows each time.

    python bench/pages_child.py MILLIONS RUNS

Prints one JSON object: what -> seconds of each run.
"""

from __future__ import annotations

import json
import sys
import time

from scale_lakes import GOODS, scale_lake
from scale_question import EPISODE, question

from stopgap.api import Lake
from stopgap.pages.drawing import Frame, draw_page
from stopgap.pages.episode.figure_page import figure_page
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.site import ServiceSite


def main() -> None:
    millions, runs = int(sys.argv[1]), int(sys.argv[2])
    lake = Lake(scale_lake(millions))
    frame = Frame(ServiceSite(), extra={"here": "/"})
    found: dict[str, list[float]] = {"overview, gross": [], "rows behind its first number": []}
    for number in range(runs + 2):
        asked = question(number)
        query = EpisodeQuery(EPISODE, GOODS, baseline=asked.baseline, after=asked.after)
        started = time.perf_counter()
        draw_page(overview(lake, query, gross=True), frame)
        between = time.perf_counter()
        draw_page(figure_page(lake, query, "loss_usd"), frame)
        ended = time.perf_counter()
        if number >= 2:  # the first two warm the process
            found["overview, gross"].append(between - started)
            found["rows behind its first number"].append(ended - between)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
