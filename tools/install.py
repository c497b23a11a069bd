"""Put the command stopgap of this checkout on the path, with its manual pages and completion; or take them away again.

    python tools/install.py install [PREFIX]      default PREFIX: ~/.local
    python tools/install.py uninstall [PREFIX]

Runs on the standard library alone, after tools/setup.py. The command is a link to .venv: the checkout stays where it is.
A file of that name that is not of this checkout is never replaced or removed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from build_man import pages
from setup import BIN, ROOT, fail

COMMAND = BIN / "stopgap"
_COMPLETION = {
    "bash": "share/bash-completion/completions/stopgap",
    "zsh": "share/zsh/site-functions/_stopgap",
    "fish": "share/fish/vendor_completions.d/stopgap.fish",
}
"""Where each shell looks for completion, from the prefix."""


def main() -> None:
    """Install or uninstall, and say what was done."""
    words = sys.argv[1:]
    if not words or words[0] not in ("install", "uninstall") or len(words) > 2:
        fail("wrong words", "tools/install.py", "say install or uninstall, and the prefix if it is not ~/.local")
    prefix = Path(*words[1:]).expanduser().absolute() if words[1:] else Path.home() / ".local"
    try:
        (install if words[0] == "install" else uninstall)(prefix)
    except OSError as error:
        fail(f"{error.strerror}", str(error.filename), "name a prefix in which you may write: make install PREFIX=DIR")


def install(prefix: Path) -> None:
    """Link the command, write pages and completion, and say what was written."""
    if not COMMAND.exists():
        fail("there is no command yet", str(COMMAND), "run make install, which sets up .venv first")
    link = _own_link(prefix)
    files = dict(_files(prefix))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(COMMAND)
    print(f"linked:  {link} -> {COMMAND}")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    print(f"written: {len(pages())} manual pages in {prefix / 'share/man/man1'} (man stopgap)")
    for shell, place in _COMPLETION.items():
        print(f"written: {prefix / place} (completion of {shell})")
    if str(link.parent) not in os.environ.get("PATH", "").split(os.pathsep):
        print(f"next:    {link.parent} is not on your PATH; add this line to the start file of your shell:")
        print(f'         export PATH="{link.parent}:$PATH"')
    print("zsh, and bash without the package bash-completion: stopgap --install-completion")


def uninstall(prefix: Path) -> None:
    """Remove what install wrote, and say so."""
    written = [_own_link(prefix), *(prefix / place for place in _COMPLETION.values()), *_pages(prefix)]
    there = [path for path in written if path.is_symlink() or path.exists()]
    for path in there:
        path.unlink()
    print(f"removed: {len(there)} files of stopgap below {prefix}; lakes and keys are where they were")


def _own_link(prefix: Path) -> Path:
    """Return the path of the link; leave with an error where something else stands there."""
    link = prefix / "bin" / "stopgap"
    if link.is_symlink() and link.readlink() == COMMAND:
        return link
    if link.is_symlink() or link.exists():
        fail(
            "another stopgap stands there",
            f"{link}{f' -> {link.readlink()}' if link.is_symlink() else ''}",
            f"remove it first (rm {shlex.quote(str(link))}), or name another prefix: make install PREFIX=DIR",
        )
    return link


def _pages(prefix: Path) -> list[Path]:
    return sorted((prefix / "share" / "man" / "man1").glob("stopgap*.1"))


def _files(prefix: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file to write, with its text."""
    for name, text in pages().items():
        yield prefix / "share" / "man" / "man1" / f"{name}.1", text
    for shell, place in _COMPLETION.items():
        env = {**os.environ, "_STOPGAP_COMPLETE": f"source_{shell}"}
        done = subprocess.run([COMMAND], env=env, capture_output=True, text=True, check=False, cwd=ROOT)
        if not done.stdout:
            fail(f"the completion of {shell} could not be made", str(COMMAND), "remove .venv and repeat the command")
        yield prefix / place, done.stdout


if __name__ == "__main__":
    main()
