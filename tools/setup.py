"""Make .venv and install Stopgap and the reader of texts (packages/drafting) into it, from the hashed lock files.

    python tools/setup.py run     what the commands need
    python tools/setup.py dev     that, and what checks, tests and benches need

Runs on the standard library alone. uv does the installing; where uv cannot be
had, pip does, from the same lock file. Quick when repeated: a stamp in .venv
holds a hash of the lock files and the project's metadata.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PACKAGES = [ROOT, ROOT / "packages" / "drafting"]
LOCKS = {"run": ["run.txt", "drafting.txt"], "dev": ["dev.txt"]}
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
    """True when .venv was made from these lock files (a dev one serves for running too)."""
    for name in [kind] if kind == "dev" else ["run", "dev"]:
        stamp = VENV / f"stopgap-{name}.stamp"
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted(name):
            return True
    return False


def make_venv() -> None:
    """Create .venv with pip in it."""
    if PYTHON.exists() and run(PYTHON, "-m", "pip", "--version", quiet=True):
        return
    if not run(sys.executable, "-m", "venv", "--clear", VENV, quiet=True):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        fail(
            "Python cannot make a virtual environment (the venv or ensurepip module is missing)",
            f"{sys.executable}, Python {version}, making {VENV.name}",
            f"install it (Debian and Ubuntu: apt-get install python{version}-venv), then repeat the command",
        )


def install(kind: str) -> None:
    """Install the locked packages, then Stopgap and the reader themselves, editable."""
    locked = [part for lock in LOCKS[kind] for part in ("-r", ROOT / "requirements" / lock)]
    build = ROOT / "requirements" / "build.txt"
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    have_build = run(*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", build)
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    used_uv = (
        have_build
        and uv.exists()
        and run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, "--require-hashes", *locked)
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


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        fail(f"unknown kind {kind!r}", "tools/setup.py", "use 'run' or 'dev'")
    if sys.version_info < (3, 11):  # noqa: UP036  (this script runs on whatever python3 is)
        fail(
            f"Python {sys.version.split()[0]} is too old",
            sys.executable,
            "install Python 3.11 or newer, or call make with PYTHON=python3.11",
        )
    if not is_current(kind):
        make_venv()
        install(kind)
        (VENV / f"stopgap-{kind}.stamp").write_text(wanted(kind))
    # Commands start a third faster, also where Python is told not to write bytecode itself.
    run(PYTHON, "-m", "compileall", "-q", *(package / "src" for package in PACKAGES), quiet=True)


if __name__ == "__main__":
    main()
