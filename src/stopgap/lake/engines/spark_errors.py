"""What Spark and Sail say when a statement fails, as errors that tell what, where and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.base.errors import InputError, RefusedError, StopgapError, UnreachableError

_ABSENT = (
    "path_not_found", "path does not exist", "file_not_exist", "filenotfound", "no such file", "not found: /",
    "object at location", "failed_read_file.file_not_exist",
)  # fmt: skip
_DAMAGED = ("failed_read_file", "is not a parquet file", "cannot_read_file_footer", "parquet error", "corrupt")
_MEMORY = (
    "outofmemoryerror",
    "java heap space",
    "gc overhead",
    "resources exhausted",
    "max_result_size",
    "maxresultsize",
)
_ROOM = ("no space left on device", "disk quota exceeded")
_GONE = (
    "unavailable", "failed to connect", "connection refused", "connection reset", "socket closed", "broken pipe",
    "sparkcontext was shut down", "stopped sparkcontext", "answer from java side is empty", "all masters are unresponsive",
    "session_not_found", "session_closed", "session_changed", "handle is closed", "network is unreachable",
)  # fmt: skip


@dataclass(frozen=True)
class SparkFailure:
    """The error of a failed statement, and whether the Spark that ran it is gone."""

    error: StopgapError
    is_lost: bool = False


def what_spark_said(error: Exception, *, stage: str, where: str) -> SparkFailure | None:
    """Return the error to raise in place of one of Spark; ``None`` if it is not of Spark."""
    if isinstance(error, StopgapError):
        return None
    module = type(error).__module__.split(".")[0]
    if module not in ("pyspark", "py4j", "grpc") and not isinstance(error, OSError):
        return None
    text = _chain(error)
    first = next((line for line in str(error).strip().splitlines() if line.strip()), type(error).__name__)[:300]
    place = f"{where}, stage {stage}: {first}"

    def has(signs: tuple[str, ...]) -> bool:
        return any(sign in text for sign in signs)

    if has(_MEMORY):
        fix = "allow more memory (--memory-limit; on a cluster spark.executor.memory), or ask for fewer goods"
        return SparkFailure(RefusedError("Spark has too little memory for this", where=place, fix=fix))
    if has(_ROOM):
        fix = "make room, or let spark.local.dir (TMPDIR on this machine) name a folder on a larger disk"
        return SparkFailure(RefusedError("a disk of Spark is full", where=place, fix=fix))
    if has(_ABSENT):
        return SparkFailure(
            InputError(
                "Spark cannot see a data file of the lake",
                where=place,
                fix="every worker, or the server, must see the lake's folder under the same path (a shared file system); "
                "stopgap lake check tells whether a file is missing",
            )
        )
    if has(_DAMAGED):
        fix = "stopgap lake check lists what is wrong; bring the folder back from a copy"
        return SparkFailure(InputError("Spark cannot read a data file of the lake", where=place, fix=fix))
    if has(_GONE) or (module == "py4j" and "network" in type(error).__name__.lower()):
        fix = "look at the log of the server or the master, start it again, and give the command again"
        return SparkFailure(UnreachableError("the Spark that ran this is gone", where=place, fix=fix), is_lost=True)
    return SparkFailure(
        InputError(
            "Spark could not run a stage",
            where=place,
            fix="leave --engine out to run it on DuckDB, and report this message",
        )
    )


def _chain(error: BaseException) -> str:
    """Return what an error and its causes say, in lower case."""
    said: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(said) < 10:
        said += [type(seen).__name__, str(seen)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(said).lower()
