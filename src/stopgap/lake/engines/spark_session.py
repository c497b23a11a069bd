"""Sessions of Spark: on this machine, on a cluster, or behind a Spark Connect server (of Spark or of Sail)."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa

from stopgap.base.errors import MissingDataError, UnreachableError, UsageError
from stopgap.base.progress import say
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.query.limits import machine_memory

REACH_S = 5.0
"""Seconds in which a master or a server must take a connection."""

EXECUTORS_S = 60.0
"""Seconds in which a cluster must give an executor."""

SAIL_CLIENT = "4.1.1"
"""Version of pyspark-client that Sail 0.7 speaks with."""

_RETRIES = 4  # of a call to a server that is gone, within half a minute
_LEAST_HEAP = 1 << 30

EVERYWHERE = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
}
"""Settings that figures, or the speed of every statement, depend on."""


@dataclass
class RunningSpark:
    """The Spark that this process uses.

    Attributes:
        base: The session that it was started with; ``None`` where it is a server.
        is_ours: Whether it was started here, and is stopped here.
        kept: What stands on its sessions, for the next call.
    """

    base: Any
    options: EngineOptions
    is_ours: bool
    kept: dict[Hashable, Any] = field(default_factory=dict)
    users: int = 0
    lock: Any = field(default_factory=threading.RLock)

    @property
    def where(self) -> str:
        """The option that named it."""
        return _address(self.options)

    def new_session(self) -> Any:
        """Return a new session, with views of its own."""
        return _remote(self.options) if self.base is None else self.base.newSession()


_running: RunningSpark | None = None
_lock = threading.RLock()


@contextlib.contextmanager
def spark_in_use(options: EngineOptions) -> Iterator[RunningSpark]:
    """Yield the Spark that was asked for.

    One that was started here runs on, for the next call, until the process ends or another is asked for; one that the
    caller's own code started is used as it is, and never stopped.

    Raises:
        MissingDataError: What is needed for Spark is not installed.
        UnreachableError: No master or server answers at the address, or the cluster gives no executor.
        UsageError: The process uses another Spark already, or the server speaks with other clients alone.
    """
    with _lock:
        running = _spark(options)
        running.users += 1
    try:
        yield running
    finally:
        with _lock:
            running.users -= 1


def stop_spark(*, is_lost: bool = False) -> None:
    """Stop the Spark that was started here, and leave the server that was asked; of one that is lost nothing is asked."""
    global _running
    with _lock:
        running, _running = _running, None
        if running is None:
            return
        for each in () if is_lost else running.kept.values():
            with contextlib.suppress(Exception):  # what it stands on may be gone
                each.close()
        if running.is_ours and running.base is not None:
            with contextlib.suppress(Exception):
                running.base.stop()
            _end_gateway()


def forget_spark() -> None:
    """Leave a Spark that is gone, so that the next call starts or asks one anew."""
    stop_spark(is_lost=True)


atexit.register(stop_spark)


def _spark(options: EngineOptions) -> RunningSpark:
    """Return the Spark of this process: the one that runs, or one that is started."""
    global _running
    if _running is not None and _running.options == options and not _is_gone(_running):
        return _running
    if _running is not None:
        if _running.users and not _is_gone(_running):
            raise UsageError(
                "another Spark is in use in this process",
                where=_address(_running.options),
                fix="wait until it has answered, or use another process",
            )
        stop_spark()
    is_remote = options.spark_remote is not None
    _running = RunningSpark(None, options, is_ours=False) if is_remote else _started(options)
    return _running


def _is_gone(running: RunningSpark) -> bool:
    if running.base is None:
        return False
    try:
        return bool(running.base.sparkContext._jsc.sc().isStopped())
    except Exception:  # its JVM has ended, or someone stopped it
        return True


def _address(options: EngineOptions) -> str:
    if options.spark_remote is not None:
        return f"--spark-remote {options.spark_remote}"
    return f"--spark-master {options.master}"


def _started(options: EngineOptions) -> RunningSpark:
    """Start Spark on this machine or as an application of a cluster."""
    spark_session, context = _classic()
    known = context._active_spark_context
    if known is not None:  # of a notebook, or of a program that uses this package
        if options.spark_master is not None and known.master != options.spark_master:
            raise UsageError(
                f"Spark runs in this process already, with the master {known.master}",
                where=_address(options),
                fix="stop that session first, or leave --spark-master out to use it",
            )
        return RunningSpark(spark_session.builder.getOrCreate(), options, is_ours=False)
    if not options.is_local:
        _need_one_of(
            [_host_and_port(each) for each in options.master.removeprefix("spark://").split(",")],
            "no Spark master answers",
            _address(options),
            "start the cluster, or give the address that its web page shows (spark://HOST:7077)",
        )
    say("starting Spark")
    settings = _settings(options)
    builder = spark_session.builder.master(options.master).appName("stopgap")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with tempfile.TemporaryFile() as told, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that Spark does not use here
        try:
            _launch(context, settings, told)
            base = builder.getOrCreate()
        except Exception as error:
            told.seek(0)
            lines = [line for line in told.read().decode(errors="replace").splitlines() if "rror" in line]
            raise UnreachableError(
                f"Spark did not start: {lines[-1][:300] if lines else _first_line(error)}",
                where=_address(options),
                fix="look at the log of the master, or allow another memory (--memory-limit)",
            ) from error
    if not options.is_local:
        try:
            _wait_for_executors(base, options)
        except BaseException:
            base.stop()
            raise
    return RunningSpark(base, options, is_ours=True)


def _launch(context: Any, settings: Mapping[str, str], told: BinaryIO) -> None:
    """Start the JVM of this process, what it says on its way into a file and not on the user's screen."""
    if context._gateway is not None:
        return
    from pyspark import SparkConf
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf(loadDefaults=False)
    for name, value in settings.items():
        conf.set(name, value)
    gateway = launch_gateway(conf, popen_kwargs={"stderr": told, "stdout": told})
    context._ensure_initialized(gateway=gateway)


def _classic() -> tuple[Any, Any]:
    """Return the classes of a session and a context in this process; refuses where pyspark or Java is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark import SparkContext
            from pyspark.sql import SparkSession
    except ImportError as error:
        if _is_client_alone():
            raise MissingDataError(
                "this environment has the client of Spark Connect, and no Spark of its own",
                where="--engine spark",
                fix="name a server (--spark-remote sc://HOST:PORT), or pip install 'stopgap[spark]' in another environment",
            ) from error
        raise _not_installed() from error
    if _is_client_alone():
        raise MissingDataError(
            "this environment has the client of Spark Connect, and no Spark of its own",
            where="--engine spark",
            fix="name a server (--spark-remote sc://HOST:PORT), or pip install 'stopgap[spark]' in another environment",
        )
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and shutil.which("java", path=os.path.join(home, "bin"))):
        raise MissingDataError(
            "the Spark engine needs a Java runtime, and none was found",
            where="--engine spark (PATH, JAVA_HOME)",
            fix="install Java 17 (Debian and Ubuntu: apt-get install openjdk-17-jre-headless); or leave --engine out",
        )
    return SparkSession, SparkContext


def _is_client_alone() -> bool:
    try:
        from pyspark.util import is_remote_only
    except ImportError:
        return False
    return bool(is_remote_only())


def _not_installed() -> MissingDataError:
    return MissingDataError(
        "the Spark engine is not installed",
        where="--engine spark",
        fix="pip install 'stopgap[spark]', and a Java 17 runtime; or leave --engine out",
    )


def _settings(options: EngineOptions) -> dict[str, str]:
    """Return the settings of a Spark that is started here."""
    made = {
        **EVERYWHERE,
        "spark.ui.enabled": "false",
        # What goes wrong reaches us as an exception; its logs and bars are not for the user's screen.
        "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    memory = options.memory_bytes
    if options.is_local:
        memory = memory or max(_LEAST_HEAP, (machine_memory() or 2 * _LEAST_HEAP) // 2)
        made |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": tempfile.gettempdir(),
            "spark.sql.shuffle.partitions": str(4 * _processors(options.master)),
        }
    else:  # many small parts are read together, by what they hold
        made["spark.sql.adaptive.coalescePartitions.parallelismFirst"] = "false"
    if memory is not None:
        made["spark.driver.memory"] = f"{memory // 2**20}m"
    return made


def _processors(master: str) -> int:
    inside = master.removeprefix("local").strip("[]")
    return int(inside) if inside.isdigit() else (os.cpu_count() or 1 if inside == "*" else 1)


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _need_one_of(addresses: Sequence[tuple[str, int]], what: str, where: str, fix: str) -> None:
    """Refuse (UnreachableError) where none of some addresses takes a connection."""
    reason = ""
    for address in addresses:
        try:
            socket.create_connection(address, timeout=REACH_S).close()
            return
        except OSError as error:
            reason = error.strerror or str(error)
    raise UnreachableError(f"{what}: {reason}", where=where, fix=fix)


def _wait_for_executors(base: Any, options: EngineOptions) -> None:
    """Wait until a cluster gave an executor, so that no statement waits for one without end."""
    status = base.sparkContext._jsc.sc()
    until = time.monotonic() + EXECUTORS_S
    while status.getExecutorMemoryStatus().size() < 2:  # the driver is one of them
        if status.isStopped() or time.monotonic() > until:
            raise UnreachableError(
                f"the cluster gave no executor within {EXECUTORS_S:.0f} s",
                where=_address(options),
                fix="look at the master's web page: are workers registered, with free processors and memory, and can they "
                "reach this machine (SPARK_LOCAL_IP)?",
            )
        time.sleep(0.1)


def _remote(options: EngineOptions) -> Any:
    """Return a new session on a Spark Connect server."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.sql.connect.session import SparkSession
    except (ImportError, SystemExit) as error:  # where its packages are missing, pyspark may end the process
        if getattr(error, "name", None) == "pyspark":
            raise _not_installed() from error
        raise MissingDataError(
            f"Spark Connect needs a package that is not installed: {_first_line(error)}",
            where=_address(options),
            fix="pip install 'stopgap[spark-connect]' for a server of Spark; 'stopgap[sail]' in an environment of its own for Sail",
        ) from error
    _need_one_of(
        [options.remote_address],
        "no Spark Connect server answers",
        _address(options),
        "start it (Spark: sbin/start-connect-server.sh; Sail: sail spark server --port 50051), or correct the address",
    )
    say("connecting to Spark")
    from pyspark.sql.connect.client.retries import DefaultPolicy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that Spark does not use here
            session = SparkSession.builder.remote(options.spark_remote or "").create()
            session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
            session.createDataFrame(pa.table({"sent": [1]})).toArrow()
    except Exception as error:
        raise _refused_by_server(error, options) from error
    return _settled(session)


def _refused_by_server(error: Exception, options: EngineOptions) -> UsageError | UnreachableError:
    """Return the error for a server that takes a connection and does not answer as Spark Connect does."""
    import pyspark

    if _speaks_otherwise(error):
        return UsageError(
            f"the server at this address does not take the client of pyspark {pyspark.__version__}",
            where=_address(options),
            fix=f"Sail 0.7 takes pyspark-client {SAIL_CLIENT} alone: pip install 'stopgap[sail]' in an environment of its "
            "own; a server of Spark takes the client of its own version",
        )
    return UnreachableError(
        f"the server at this address does not answer as Spark Connect does: {_first_line(error)}",
        where=_address(options),
        fix="give the address of its Spark Connect service (Spark: port 15002), not of its web page or master",
    )


def _speaks_otherwise(error: Exception) -> bool:
    """Whether a server was reached whose words the client does not know, or the other way round."""
    text = str(error).lower()
    signs = ("unimplemented", "not implemented", "not supported", "decode", "protobuf", "unsupported")
    return isinstance(error, ValueError | TypeError | KeyError) or any(sign in text for sign in signs)


def _settled(session: Any) -> Any:
    """Set what figures depend on; a server that does not know a setting keeps its own."""
    for name, value in EVERYWHERE.items():
        with contextlib.suppress(Exception):
            session.conf.set(name, value)
    return session


def _end_gateway() -> None:
    """End the JVM, so that the next one starts with the memory that is asked for then."""
    with contextlib.suppress(Exception):
        from pyspark import SparkContext

        gateway = SparkContext._gateway
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait(timeout=10)
            SparkContext._gateway = SparkContext._jvm = None


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    detail = re.search(r'details = "([^"\n]+)', text)  # of gRPC
    lines = [detail[1]] if detail else text.splitlines()
    return lines[0][:300] if lines else type(error).__name__
