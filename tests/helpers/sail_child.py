"""The process of Sail's environment that tests ask: it reads pickled questions, and writes pickled answers."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer until the questions end."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing but answers goes to whoever asks
    warnings.simplefilter("ignore")
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    from stopgap.lake.engines.spark import spark_engine
    from stopgap.lake.engines.spark_session import EVERYWHERE

    server = SparkConnectServer(port=0)
    server.start(background=True)
    _, port = server.listening_address
    engine: Any = None

    def answer(what: str, *given: Any) -> Any:
        nonlocal engine
        if what == "run":
            stage, tables, params = given
            return engine.run(stage, tables=tables, params=params)
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
        for name, value in EVERYWHERE.items():
            session.conf.set(name, value)
        engine = spark_engine(session, *([Path(path) for path in paths] for paths in given))
        return None

    while True:
        try:
            what = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            said = (True, answer(*what))
        except Exception as error:
            said = (False, f"{type(error).__name__}: {error}")
        pickle.dump(said, answers)
        answers.flush()


if __name__ == "__main__":
    main()
