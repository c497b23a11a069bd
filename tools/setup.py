"""Make .venv and install Stopgap and the reader of texts (packages/drafting) into it, from the hashed lock files.

    python tools/setup.py run     what the commands need
    python tools/setup.py dev     that, and what checks, tests and benches need; .venv-sail; a PostgreSQL server and Chromium
    python tools/setup.py sail    .venv, if it is not there, and .venv-sail: Sail and the client that it takes

Sail takes another client of Spark than the one of .venv, so its tests run in an environment of their own, which reads
all else from .venv. Runs on the standard library alone. uv does the installing; where uv cannot be
had, pip does, from the same lock file. Quick when repeated: a stamp in the environment
holds a hash of the lock files and the project's metadata.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PACKAGES = [ROOT, ROOT / "packages" / "drafting"]
SAIL = ROOT / ".venv-sail"
LOCKS = {"run": ["run.txt", "drafting.txt"], "dev": ["dev.txt"], "sail": ["sail.txt"]}
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def fail(what: str, where: str, fix: str) -> None:
    """Print the house's three-line error and leave with the code for a wrong set-up."""
    sys.exit(f"{what}\n  where: {where}\n  fix:   {fix}")


def run(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command; True when it worked."""
    return (
        subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=subprocess.DEVNULL if quiet else None,
        ).returncode
        == 0
    )


def wanted(kind: str) -> str:
    """Hash of all that decides what .venv holds."""
    digest = hashlib.sha256(sys.version.encode())
    for path in [
        *(package / "pyproject.toml" for package in PACKAGES),
        *(ROOT / "requirements" / lock for lock in ["build.txt", *LOCKS[kind]]),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(kind: str) -> bool:
    """True when the environment was made from these lock files (a dev one serves for running too)."""
    venv = SAIL if kind == "sail" else VENV
    for name in ["run", "dev"] if kind == "run" else [kind]:
        stamp = venv / f"stopgap-{name}.stamp"
        if python_of(venv).exists() and stamp.exists() and stamp.read_text() == wanted(name):
            return True
    return False


def python_of(venv: Path) -> Path:
    """The interpreter of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv(venv: Path) -> None:
    """Create an environment with pip in it."""
    if python_of(venv).exists() and run(python_of(venv), "-m", "pip", "--version", quiet=True):
        return
    if not run(sys.executable, "-m", "venv", "--clear", venv, quiet=True):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        fail(
            "Python cannot make a virtual environment (the venv or ensurepip module is missing)",
            f"{sys.executable}, Python {version}, making {venv.name}",
            f"install it (Debian and Ubuntu: apt-get install python{version}-venv), then repeat the command",
        )


def install(kind: str) -> None:
    """Install the locked packages, then Stopgap and the reader themselves, editable."""
    locked = [part for lock in LOCKS[kind] for part in ("-r", ROOT / "requirements" / lock)]
    build = ROOT / "requirements" / "build.txt"
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    have_build = run(*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", build)
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    # Packages for development are compiled when they are imported; many never are.
    compiled = ["--compile-bytecode"] if kind == "run" else []
    used_uv = (
        have_build
        and uv.exists()
        and run(uv, "pip", "install", "--quiet", *compiled, "--python", PYTHON, "--require-hashes", *locked)
    )
    if not used_uv:
        print("uv could not install the lock file; trying pip", file=sys.stderr)
        if not run(*pip, "install", "--require-hashes", *locked):
            fail(
                "a locked package could not be installed",
                f"requirements/{LOCKS[kind][0]} (the lines above name the package)",
                "check that a package index can be reached; if a package had to be built, install a C compiler "
                "(Debian and Ubuntu: apt-get install build-essential python3-dev), then repeat the command",
            )
    for package in PACKAGES:
        if not run(*pip, "install", "--no-deps", "--no-build-isolation", "--editable", package):
            fail(
                f"{'Stopgap itself' if package == ROOT else package.name} could not be installed",
                f"{package.relative_to(ROOT) / 'pyproject.toml'}",
                "remove .venv and repeat the command",
            )


def make_sail() -> None:
    """Make .venv-sail: the packages of its lock file that .venv has not, and .venv after them; without it the tests of Sail are left out."""
    make_venv(SAIL)
    kind = "dev" if is_current("dev") else "run"
    held = {package for name in LOCKS[kind] for package in locked_packages(name)}
    lacking = SAIL / "lacking.txt"
    lacking.write_text("".join(text for name, text in locked_packages("sail.txt").items() if name not in held), "utf-8")
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    wanted_ones = ("--no-deps", "--require-hashes", "-r", lacking)
    by_uv = ("pip", "install", "--quiet", "--python", python_of(SAIL), *wanted_ones)
    by_pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", *wanted_ones)
    if (uv.exists() and run(uv, *by_uv)) or run(python_of(SAIL), *by_pip):
        folder = packages_of(SAIL)
        (folder / "stopgap-all-else.pth").write_text(
            f"import site; site.addsitedir({str(packages_of(VENV))!r})\n", "utf-8"
        )
        (SAIL / "stopgap-sail.stamp").write_text(wanted("sail"))
    else:
        print("Sail could not be installed (requirements/sail.txt); its tests are left out", file=sys.stderr)


def locked_packages(name: str) -> dict[str, str]:
    """Return the lines of a lock file for each package, by its name and version."""
    found: dict[str, str] = {}
    package = ""
    for line in (ROOT / "requirements" / name).read_text("utf-8").splitlines(keepends=True):
        if line[0].isalnum():
            package = line.split(" ")[0].strip()
        if package and not line.startswith("#"):
            found[package] = found.get(package, "") + line
    return found


def packages_of(venv: Path) -> Path:
    """Return the folder of an environment's packages."""
    asked = [python_of(venv), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())


def make_server_programs() -> None:
    """Install what tests start, once, where it is missing: a PostgreSQL server, and Chromium. Without them their tests are left out."""
    from_debian("postgresql", has=bool(shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
                without="tests of the service run on SQLite alone")  # fmt: skip
    from_debian(
        "chromium",
        has=bool(shutil.which("chromium") or shutil.which("chromium-browser")),
        without="tests of pages are left out",
    )


def from_debian(package: str, *, has: bool, without: str) -> None:
    """Install a package of Debian, once, as an administrator.

    Args:
        package: Its name.
        has: Whether what it brings is there already.
        without: What is done without it.
    """
    tried = VENV / f"stopgap-{package}.stamp"
    is_admin = hasattr(os, "geteuid") and os.geteuid() == 0
    if has or tried.exists() or not is_admin or not shutil.which("apt-get"):
        return
    tried.write_text(f"apt-get was asked for {package}; remove this file to ask again\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
    for command in (install, ["apt-get", "update", "--quiet"], install):
        try:
            done = subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False).returncode
        except (OSError, subprocess.TimeoutExpired):
            done = 1
        if command is install and done == 0:
            return
    print(f"{package} could not be installed; {without}", file=sys.stderr)


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        fail(f"unknown kind {kind!r}", "tools/setup.py", "use 'run', 'dev' or 'sail'")
    if sys.version_info < (3, 11):  # noqa: UP036  (this script runs on whatever python3 is)
        fail(
            f"Python {sys.version.split()[0]} is too old",
            sys.executable,
            "install Python 3.11 or newer, or call make with PYTHON=python3.11",
        )
    own = "run" if kind == "sail" else kind
    is_made = is_current(own)
    if not is_made:
        make_venv(VENV)
    with ThreadPoolExecutor(1) as beside:  # Debian's packages come while those of Python are built
        servers = beside.submit(make_server_programs) if kind == "dev" else None
        if not is_made:
            install(own)
            (VENV / f"stopgap-{own}.stamp").write_text(wanted(own))
        if kind in ("dev", "sail") and not is_current("sail"):
            make_sail()
        if servers is not None:
            servers.result()
    # Commands start a third faster, also where Python is told not to write bytecode itself.
    run(PYTHON, "-m", "compileall", "-q", *(package / "src" for package in PACKAGES), quiet=True)


if __name__ == "__main__":
    main()
