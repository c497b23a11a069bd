"""Take the two files of Swagger UI that draw ``/docs`` from its npm package, with its licence.

    python tools/vendor_swagger.py

The package is fetched with ``npm pack`` and must have the hash below. Another version: change both, run it, and look at
``/docs`` under the content policy (``tests/service/rest/test_docs_page.py``).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "5.35.0"
SHA512 = "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
TARGET = Path(__file__).resolve().parents[1] / "src" / "stopgap" / "service" / "rest" / "docs_files" / "swagger"
FILES = {"swagger-ui-bundle.js": "Draws an OpenAPI document", "swagger-ui.css": "Its style", "LICENSE": "Its licence"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        name = f"swagger-ui-dist@{VERSION}"
        subprocess.run(["npm", "pack", name, "--silent"], cwd=folder, check=True)
        [archive] = Path(folder).glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != SHA512:
            raise SystemExit(f"{archive.name} has the hash {found}, not {SHA512}")
        with tarfile.open(archive) as package:
            for file in FILES:
                member = package.extractfile(f"package/{file}")
                assert member is not None
                # without the pointer to a map that is not there
                content = member.read().split(b"\n//# sourceMappingURL=")[0].split(b"\n/*# sourceMappingURL=")[0]
                (TARGET / file).write_bytes(content.rstrip() + b"\n")
    with (TARGET / "SOURCES.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "what", "source", "date", "terms"])
        for file, what in FILES.items():
            writer.writerow([file, what, f"npm swagger-ui-dist {VERSION}", "2026-12-01", "Apache-2.0"])


if __name__ == "__main__":
    main()
