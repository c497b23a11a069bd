"""Pages with something that runs, in every spelling; and packs that their own maker signed again with something changed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from stopgap.evidence.packs.bag import SIGNATURE_FILE, TAG_FILES, digest_of, tag_files
from stopgap.evidence.packs.pack_format import PREDICATE_FIELDS, bag_info, evidence_bytes
from stopgap.evidence.packs.statement import sign_statement

CRATE, EVIDENCE, PAGE = "data/ro-crate-metadata.json", "data/evidence.json", "data/index.html"

SNIPPETS = (
    "<script>alert(1)</script>", '<script src="//x.example/a.js"></script>', "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">read</a>', '<a href="data:text/html,<script>alert(1)</script>">read</a>', "<body onload=alert(1)>",
    '<iframe src="https://x.example"></iframe>', '<object data="a.swf"></object>', '<embed src="a.swf">', "<form action=https://x.example><input name=q></form>",
    '<meta http-equiv="refresh" content="0;url=https://x.example">', '<base href="https://x.example/">', '<link rel="stylesheet" href="https://x.example/a.css">',
    "<style>@import 'https://x.example/a.css';</style>", "<style>p { background: url(https://x.example/a.png) }</style>",
    '<svg><script>alert(1)</script></svg>', '<svg><a xlink:href="javascript:alert(1)"><text>read</text></a></svg>', "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<svg><animate onbegin="alert(1)"/></svg>', '<svg><foreignObject><iframe src="x"></iframe></foreignObject></svg>', '<svg><use href="https://x.example/a.svg#a"/></svg>',
    '<svg><image href="https://x.example/a.png"/></svg>', '<details open ontoggle="alert(1)">x</details>', "<video><source onerror=alert(1)></video>",
    '<p style="background: url(https://x.example/a)">x</p>', '<a href="//x.example/">read</a>', '<a href="https://x.example/">read</a>', "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", "<!--><script>alert(1)</script>-->", "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>", "<?xml-stylesheet href='a.xsl'?>", '<button formaction="javascript:alert(1)">x</button>', '<p class="a" onmouseover="alert(1)">x</p>',
    "<isindex action=javascript:alert(1)>", "<frameset onload=alert(1)>", "<marquee onstart=alert(1)>", '<portal src="https://x.example">', "<input autofocus onfocus=alert(1)>",
)  # fmt: skip
"""Each does or loads something in some browser."""

SAFE_ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "bdi",
        "p",
        "header",
        "div",
        "strong",
        "span",
        "h1",
        "h2",
        "main",
        "section",
        "pre",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "details",
        "summary",
        "ul",
        "li",
        "footer",
    ]
)


def spelled(snippet: str, chance: random.Random) -> str:
    """A snippet in another spelling that some program reads alike."""
    if chance.random() < 0.4:
        snippet = "".join(chance.choice((sign.upper(), sign.lower())) for sign in snippet)
    if chance.random() < 0.3:
        snippet = re.sub(r" (?=\w+=)", lambda _: chance.choice((" ", "\t", "\n", "\f", "/", "\r\n", "  ")), snippet)
    if chance.random() < 0.3:
        snippet = re.sub(
            r"javascript|alert|https", lambda word: "".join(_reference(sign, chance) for sign in word[0]), snippet, flags=re.IGNORECASE
        )  # fmt: skip
    if chance.random() < 0.2:
        place = chance.randrange(len(snippet) + 1)
        snippet = (
            snippet[:place]
            + chance.choice(("\0", "\u200b", "\t", "\n", "\x01", "\ufeff", "/**/", "<!---->", "\\"))
            + snippet[place:]
        )
    return snippet


def _reference(sign: str, chance: random.Random) -> str:
    forms = (sign, f"&#{ord(sign)};", f"&#x{ord(sign):X};", f"&#{ord(sign):07d}", f"{sign}&Tab;", f"&NewLine;{sign}")
    return chance.choice(forms)


def mutated_pages(page: str, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Pages that are not the page, without end: what was done, and the bytes."""
    tags = [found.end() for found in re.finditer(r">", page)]
    while True:
        kind = chance.choice(
            ("between tags", "anywhere", "attribute", "style", "encoding", "byte", "polyglot", "policy")
        )
        snippet = spelled(chance.choice(SNIPPETS), chance)
        place = chance.choice(tags) if kind == "between tags" else chance.randrange(len(page) + 1)
        if kind in ("between tags", "anywhere"):
            yield kind, (page[:place] + snippet + page[place:]).encode()
        elif kind == "attribute":
            added = chance.choice(
                (' onclick="alert(1)"', " onclick=alert(1)", "\tOnLoad='x()'", "/onfocus=x() autofocus", ' style="a: url(x)"', ' srcdoc="x"', ' href="javascript:x"')
            )  # fmt: skip
            found = chance.choice(list(re.finditer(r"<[a-z0-9]+", page)))
            yield kind, (page[: found.end()] + added + page[found.end() :]).encode()
        elif kind == "style":
            added = chance.choice(
                ("@import url(//x.example);", "p{background:url(//x.example)}", "p{b:u\\72l(//x)}", "@IMPORT '//x';", "p{a:URL(data:image/svg+xml,x)}",
                 "p{width:expression(x)}", "p{-moz-binding:url(x)}", "p{a:image-set('//x' 1x)}", "</style><script>x</script><style>", "p{behavior:url(x)}", "p{a:src('//x')}")
            )  # fmt: skip
            yield kind, page.replace("</style>", f"{added}</style>", 1).encode()
        elif kind == "encoding":
            changed = page[:place] + snippet + page[place:]
            coding = chance.choice(("utf-16", "utf-16-be", "utf-7", "utf-8-sig", "utf-32", "meta", "xml"))
            if coding == "meta":
                yield kind, page.replace('charset="utf-8"', f'charset="{chance.choice(("utf-7", "iso-2022-jp", "UTF-16", "x-user-defined"))}"').encode()  # fmt: skip
            elif coding == "xml":
                yield kind, ("<?xml version='1.0' encoding='utf-7'?>" + changed).encode()
            else:
                yield kind, changed.encode(coding)
        elif kind == "byte":
            raw = bytearray(page.encode())
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            yield kind, bytes(raw)
        elif kind == "polyglot":
            before = chance.choice(
                (
                    b"%PDF-1.7\n",
                    b"GIF89a/*",
                    b"PK\x03\x04",
                    b"MZ",
                    b"\x00",
                    b"<svg xmlns='http://www.w3.org/2000/svg'>",
                    b"#!/bin/sh\n",
                )
            )
            yield (kind, before + page.encode() if chance.random() < 0.5 else page.encode() + before + snippet.encode())
        else:
            policy = re.search(r"<meta http-equiv=[^>]*>", page)
            assert policy is not None
            added = chance.choice(("", policy[0].replace("'none'", "*"), policy[0].replace("'unsafe-inline'", "*"), policy[0].replace("Content-Security-Policy", "refresh")))  # fmt: skip
            yield kind, page.replace(policy[0], added, 1).encode()


class Judge(HTMLParser):
    """What Python's lenient parser sees on a page that does or loads something; another reading than the package's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SAFE_ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            bare = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or (
                name in ("href", "src", "action", "data", "xlink:href") and (":" in bare or bare.startswith("//"))
            ):
                self.found.append(f"{name}={bare}")
            if name == "http-equiv" and bare != "content-security-policy":
                self.found.append(bare)


def does_something(page: bytes) -> list[str]:
    """What a page does, by another reading; a page that is not UTF-8 is read as Latin-1."""
    judge = Judge()
    try:
        judge.feed(page.decode("utf-8", "replace"))
        judge.close()
    except AssertionError:  # a declaration that the parser does not know
        judge.found.append("<![")
    return judge.found


# --- whole packs ---


@dataclass(frozen=True)
class Changed:
    """A pack that its own maker changed and signed again.

    Attributes:
        kind: What was changed.
        files: All files of the archive.
        checks: One of these must fail.
    """

    kind: str
    files: dict[str, bytes]
    checks: tuple[str, ...]


def signed_again(files: Mapping[str, bytes], signer: Any, *, keeps_info: bool = False) -> dict[str, bytes]:
    """Files with hashes, bag and signature that fit whatever they are, by the key that they name."""
    evidence = json.loads(files[EVIDENCE])
    payload = {name[5:]: content for name, content in files.items() if name.startswith("data/")}
    crate = json.loads(payload["ro-crate-metadata.json"])
    described = {entity["@id"]: entity for entity in crate["@graph"]}
    for name in payload:
        if name == "ro-crate-metadata.json":
            continue
        entity = described.get(quote(name))
        if entity is None:
            entity = {"@id": quote(name), "@type": ["File", "prov:Entity"], "name": name}
            crate["@graph"].append(entity)
            described["./"]["hasPart"].append({"@id": quote(name)})
        digest = digest_of(payload[name])
        entity |= {"contentSize": str(digest.size), "sha256": digest.sha256}
    gone = [key for key, each in described.items() if "File" in each["@type"] and key not in map(quote, payload)]
    crate["@graph"] = [each for each in crate["@graph"] if each["@id"] not in gone]
    described["./"]["hasPart"] = [each for each in described["./"]["hasPart"] if each["@id"] not in gone]
    payload["ro-crate-metadata.json"] = (
        json.dumps(crate, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    ).encode()
    info = bag_info(evidence) | ({"Contact-Name": "see our site"} if keeps_info else {})
    tags = tag_files(
        {name: digest_of(content) for name, content in payload.items()}, day=evidence["made_at"][:10], info=info
    )
    made = {f"data/{name}": content for name, content in payload.items()} | tags
    subjects = {name: digest_of(content).sha256 for name, content in made.items()}
    predicate = {field: evidence[field] for field in PREDICATE_FIELDS}
    return made | {SIGNATURE_FILE: sign_statement(subjects, predicate, sign=signer.sign, keyid=signer.fingerprint)}


def changed_packs(files: Mapping[str, bytes], signer: Any, chance: random.Random) -> Iterator[Changed]:
    """Packs of which one thing is not what their data give, without end."""
    pages = sorted(name for name in files if name.endswith((".html", ".csv", ".sql", ".md", ".pdf", ".xlsx")))
    data = {name: files[name] for name in files if name not in (*TAG_FILES, SIGNATURE_FILE)}
    small = mutated_pages(files[PAGE].decode(), chance)
    while True:
        kind = chance.choice(_KINDS)
        made, checks, keeps = dict(data), ("pages",), False
        if kind == "a byte of a page":
            name = chance.choice(pages)
            raw = bytearray(made[name])
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            made[name], checks = bytes(raw), ("pages", "active", "members", "marking", "numbers")
        elif kind == "active page":
            name = chance.choice([name for name in pages if name.endswith(".html")])
            made[name] = next(small)[1]
            checks = ("pages", "active", "marking")
        elif kind == "a page removed":
            name = chance.choice(pages)
            del made[name]
            made[EVIDENCE] = _without(made[EVIDENCE], name[5:])
            checks = ("pages", "numbers", "members", "marking")
        elif kind == "a file added":
            name = "data/" + chance.choice(
                ("README.md", "notes.html", "a.svg", "findings/TLP-CLEAR_read-me.html", "run.py", "sql/TLP-CLEAR_more.sql", "brief/TLP-CLEAR_other.html", "receipts/TLP-CLEAR_a.pdf", "attachments/TLP-CLEAR_a.html",
                 "attachments/TLP-CLEAR_a.svg", "attachments/TLP-CLEAR_a.docm", "attachments/TLP-CLEAR_a.lnk", "rows/TLP-CLEAR_more.csv", "numbers/TLP-CLEAR_more.csv", "index2.html")
            )  # fmt: skip
            made[name] = b"TLP:CLEAR <script>alert(1)</script>\n"
            item = chance.choice(json.loads(made[EVIDENCE])["items"])["id"] if chance.random() < 0.7 else None
            made[EVIDENCE] = _with(made[EVIDENCE], item, name[5:])
            checks = ("pages", "active", "members", "marking")
        elif kind == "a title":
            made[EVIDENCE] = _titled(made[EVIDENCE], chance)
        elif kind == "text of a finding":
            name = chance.choice([name for name in made if name.startswith("data/findings/")])
            document = json.loads(made[name])
            field = chance.choice(["warnings", "goods_version", "extra"])
            document[field] = ["all is well"] if field == "warnings" else "another"
            made[name] = evidence_bytes(document)
            checks = ("pages", "numbers")
        elif kind == "a statement of a number":
            name = chance.choice([name for name in made if name.startswith("data/numbers/") and name.endswith(".json")])
            document = json.loads(made[name])
            figure = chance.choice([each for each in document["numbers"] if each["sql"]])
            figure["sql"] = f"SELECT {figure['value']!r}"
            made[name] = evidence_bytes(document)
            checks = ("numbers", "pages")
        elif kind == "the recipe":
            name = next(name for name in made if name.endswith("_recipe.json"))
            document = json.loads(made[name])
            run = chance.choice(document["runs"])
            run["sql"] += "\n-- read https://x.example"
            made[name] = evidence_bytes(document)
            checks = ("numbers", "pages")
        elif kind == "what the brief is made from":
            name = next((name for name in made if re.match(r"data/brief/.*json$", name)), EVIDENCE)
            if name == EVIDENCE:
                made[EVIDENCE] = _titled(made[EVIDENCE], chance)
            else:
                document = json.loads(made[name])
                document["headline"]["suspended"]["loss_usd"] *= 1.5
                made[name] = evidence_bytes(document)
        elif kind == "the bag's lines":
            keeps = True
        elif kind == "a comment in the episode":
            name = next(name for name in made if name.startswith("data/episode/"))
            made[name] += b"# read https://x.example\n"
        else:
            crate = json.loads(made[CRATE])
            chance.choice([each for each in crate["@graph"] if "name" in each])["name"] = "another"
            made[CRATE] = (json.dumps(crate, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
        yield Changed(kind, signed_again(made, signer, keeps_info=keeps), checks)


_KINDS = (
    "a byte of a page", "a byte of a page", "active page", "active page", "a page removed", "a file added", "a title", "text of a finding",
    "a statement of a number", "the recipe", "a comment in the episode", "what the brief is made from", "the bag's lines", "the crate",
)  # fmt: skip


def _without(content: bytes, path: str) -> bytes:
    evidence = json.loads(content)
    for item in evidence["items"]:
        item["files"] = [each for each in item["files"] if each != path]
    return evidence_bytes(evidence)


def _with(content: bytes, item: str | None, path: str) -> bytes:
    evidence = json.loads(content)
    for each in evidence["items"]:
        if each["id"] == item:
            each["files"].append(path)
    return evidence_bytes(evidence)


def _titled(content: bytes, chance: random.Random) -> bytes:
    evidence = json.loads(content)
    item = chance.choice(
        [each for each in evidence["items"] if each["kind"] in ("finding", "goods", "receipt", "brief", "episode")]
    )
    item["title"] = "Confirmed in full"
    return evidence_bytes(evidence)
