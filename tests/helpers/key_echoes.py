"""Replies that repeat a key: random keys, in every spelling, at every place, in every kind of reply.

The spellings are written here anew, character by character, and share nothing with the search.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from stopgap.sources.live.key import Key, KeySearch, canonical, fault_of_key

ALNUM = string.ascii_letters + string.digits
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))

Speller = Callable[[str, random.Random], bytes]


def _drawn(letters: str, least: int, most: int) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices(letters, k=chance.randint(least, most)))


KEYS: dict[str, Callable[[random.Random], str]] = {
    "32 hex digits": _drawn("0123456789abcdef", 32, 32),
    "40 hex digits": _drawn("0123456789abcdef", 40, 40),
    "32 hex digits, capitals": _drawn("0123456789ABCDEF", 32, 32),
    "UUID": lambda chance: "-".join("".join(chance.choices("0123456789abcdef", k=n)) for n in (8, 4, 4, 4, 12)),
    "base64 token": lambda chance: base64.b64encode(chance.randbytes(chance.randint(24, 48))).decode(),
    "letters and digits": _drawn(ALNUM, 16, 64),
    "any printable characters": _drawn(PRINTABLE, 30, 80),
    "short, 8 to 15": _drawn(ALNUM, 8, 15),
}


def _each(spell: Callable[[str, random.Random], str]) -> Speller:
    return lambda key, chance: "".join(spell(letter, chance) for letter in key).encode()


def _cased(text: str, chance: random.Random) -> str:
    """Hexadecimal digits in either case."""
    return "".join(chance.choice((letter.lower(), letter.upper())) for letter in text)


def _percent(letter: str, chance: random.Random) -> str:
    return "%" + _cased(f"{ord(letter):02x}", chance)


def _deep_percent(letter: str, chance: random.Random) -> str:
    return "%" + "25" * chance.randint(0, 4) + _cased(f"{ord(letter):02x}", chance)


def _unicode(letter: str, chance: random.Random) -> str:
    return "\\u" + _cased(f"{ord(letter):04x}", chance)


def _json(letter: str, chance: random.Random) -> str:
    code = _cased(f"{ord(letter):x}", chance)
    ways = [f"\\u00{code}", f"\\x{code}", f"\\u{{{code}}}", f"\\U000000{code}", f"\\{ord(letter):03o}"]
    return chance.choice(ways)


def _double_json(letter: str, chance: random.Random) -> str:
    return "\\" * chance.choice((1, 3, 7)) + _unicode(letter, chance)


def _entity(letter: str, chance: random.Random) -> str:
    zeros = "0" * chance.randint(0, 5)
    mark = chance.choice((f"#{zeros}{ord(letter)}", f"#x{zeros}{ord(letter):x}", f"#X{zeros}{ord(letter):X}"))
    return f"&{mark};"


def _deep_entity(letter: str, chance: random.Random) -> str:
    return "&" + "amp;" * chance.randint(0, 3) + _entity(letter, chance)[1:]


def _printable(letter: str, chance: random.Random) -> str:
    return f"={ord(letter):02X}"


WAYS = (_percent, _deep_percent, _unicode, _json, _entity, _deep_entity)


def _mixed(letter: str, chance: random.Random) -> str:
    if chance.random() < 0.4 and letter in ALNUM:
        return chance.choice((letter, letter.swapcase()))
    return chance.choice(WAYS)(letter, chance)


def _some(way: Callable[[str, random.Random], str]) -> Speller:
    """Only some of the letters in that spelling."""
    return _each(lambda letter, chance: way(letter, chance) if chance.random() < 0.5 or letter not in ALNUM else letter)


def _split(between: tuple[str, ...]) -> Speller:
    def spell(key: str, chance: random.Random) -> bytes:
        return "".join(letter + chance.choice(between) * chance.randint(0, 3) for letter in key).encode()

    return spell


def _far(key: str, chance: random.Random) -> bytes:
    """Split in two by more blanks than a chunk holds."""
    at = chance.randint(1, len(key) - 1)
    return f"{key[:at]}{' ' * chance.randint(60_000, 140_000)}{key[at:]}".encode()


def _base64(key: str, chance: random.Random) -> bytes:
    text = chance.choice((key, key.lower(), key.upper())).encode()
    whole = chance.randbytes(chance.randint(0, 9)) + text + chance.randbytes(chance.randint(0, 9))
    encoded = chance.choice((base64.b64encode, base64.urlsafe_b64encode))(whole)
    width = chance.choice((0, 19, 76))
    return b"\r\n".join(encoded[at : at + width] for at in range(0, len(encoded), width)) if width else encoded


def _base32(key: str, chance: random.Random) -> bytes:
    return base64.b32encode(chance.randbytes(chance.randint(0, 9)) + key.encode() + b"tail")


def _within_percent(inner: Speller) -> Speller:
    return lambda key, chance: b"".join(b"%%%02x" % byte for byte in inner(key, chance))


SPELLINGS: dict[str, Speller] = {
    "as it is": lambda key, chance: key.encode(),
    "other case": lambda key, chance: _cased(key, chance).encode(),
    "JSON escapes": _each(_unicode),
    "other backslash escapes": _each(_json),
    "some JSON escapes": _some(_unicode),
    "JSON within JSON": _each(_double_json),
    "backslash before each sign": _each(lambda letter, chance: letter if letter in ALNUM else f"\\{letter}"),
    "percent": _each(_percent),
    "percent within percent": _each(_deep_percent),
    "some percent": _some(_percent),
    "percent u": _each(lambda letter, chance: f"%u00{ord(letter):02x}"),
    "entities": _each(_entity),
    "entities within entities": _each(_deep_entity),
    "some entities": _some(_entity),
    "quoted-printable": _each(_printable),
    "mixed": _each(_mixed),
    "base64": _base64,
    "base64, percent": _within_percent(_base64),
    "base32": _base32,
    "hexadecimal": lambda key, chance: _cased(key.encode().hex(), chance).encode(),
    "split by blanks": _split((" ", "\n", "\t", "\r\n")),
    "split by many blanks": _far,
    "zero bytes between": lambda key, chance: key.encode(chance.choice(("utf-16-le", "utf-16-be"))),
    "backwards": lambda key, chance: key[::-1].encode(),
}
LONG_SPELLINGS: dict[str, Speller] = {
    "hexadecimal in pairs": lambda key, chance: key.encode().hex(chance.choice(": -")).encode(),
    "hexadecimal with 0x": lambda key, chance: ", ".join(f"0x{ord(letter):02X}" for letter in key).encode(),
    "decimal codes": lambda key, chance: ", ".join(str(ord(letter)) for letter in key).encode(),
    "split by signs": _split((" ", "-", '", "', "|", "\u200b")),
    "put together from strings": lambda key, chance: ('" + "'.join(key)).encode(),
}
"""Not of keys with fewer than 16 letters and digits, of which only blanks are passed over."""
HALVES: dict[str, Speller] = {
    "first half": lambda key, chance: key[: (len(key) + 1) // 2].encode(),
    "second half": lambda key, chance: key[-((len(key) + 1) // 2) :].encode(),
}
"""Of keys with 32 letters and digits and more."""

FRAMES: dict[str, tuple[bytes, bytes]] = {
    "JSON value": (b'{"count": 1, "data": [{"note": "', b'", "period": "2022"}]}'),
    "JSON name": (b'{"count": 1, "', b'": 7}'),
    "JSON number": (b'{"count": ', b"}"),
    "CSV": (b"freq,reporter,partner\nM,DE,", b",RU\nM,FR,RU\n"),
    "HTML": (b"<!DOCTYPE html><html><p title='100%'>key &amp; all: ", b"</p></html>"),
    "XML": (b"<?xml version='1.0'?><fault>&lt;", b"</fault>"),
    "query": (b"https://host/data?time=2022&key=", b"&get=ALL%20VAL\\n"),
    "header": (b"Ocp-Apim-Subscription-Key: ", b"\r\nVary: *"),
    "after signs": (b"%&\\=%5c&#", b"=%\\&"),
    "text": (b"invalid subscription key ", b" (100% sure) \\ & = more"),
}


@dataclass(frozen=True)
class Echo:
    """One reply that repeats a key, and how."""

    kind: str
    spelling: str
    frame: str
    key: str
    body: bytes


def spelled(key: str, spelling: str) -> bytes:
    """A key in one spelling, the same each time."""
    return (SPELLINGS | LONG_SPELLINGS | HALVES)[spelling](key, random.Random(7))


def random_key(kind: str, chance: random.Random) -> str:
    """A key that a fetch takes."""
    while True:
        key = KEYS[kind](chance)
        if fault_of_key(key) is None:
            return key


def spellings_for(key: str) -> dict[str, Speller]:
    """The spellings that are promised to be found."""
    alnum = len(canonical(key))
    if alnum < 16:
        return SPELLINGS
    return SPELLINGS | LONG_SPELLINGS | (HALVES if alnum >= 32 and alnum == len(key) else {})


def random_echo(chance: random.Random) -> Echo:
    """A reply that repeats a random key."""
    kind = chance.choice(list(KEYS))
    key = random_key(kind, chance)
    spellings = spellings_for(key)
    spelling = chance.choice(list(spellings))
    frame = chance.choice(list(FRAMES))
    before, after = FRAMES[frame]
    body = before + spellings[spelling](key, chance) + after
    return Echo(kind, spelling, frame, key, _filled(chance) + body + _filled(chance))


def is_found(echo: Echo, chance: random.Random) -> bool:
    """Whether the search finds the key in a reply that arrives in random parts."""
    search = KeySearch(Key(echo.key, "KEY").spelled)
    at = 0
    while at < len(echo.body):
        size = chance.choice((7, 100, 1_000, 65_536))
        if search.finds(echo.body[at : at + size]):
            return True
        at += size
    return False


def _filled(chance: random.Random) -> bytes:
    """What stands around it: nothing, some rows, or a chunk of them."""
    row = b'{"period": "202201", "cmdCode": "854231", "primaryValue": 12345.6, "cmdDesc": "Nuts & bolts"}, '
    return row * chance.choice((0, 0, 1, 5, 700))


def normal_reply(chance: random.Random) -> bytes:
    """A reply as the services send them, with random figures; no key is in it."""
    good = f"{chance.randrange(10**6):06d}"
    rows = []
    kind = chance.choice(("comtrade", "census", "hmrc", "sdmx"))
    for _ in range(chance.choice((0, 3, 200))):
        usd, kg = chance.randrange(10**12) / 100, chance.randrange(10**10) / 1000
        month = f"{chance.randint(2015, 2026)}{chance.randint(1, 12):02d}"
        match kind:
            case "comtrade":
                rows.append(
                    f'{{"typeCode":"C","period":"{month}","cmdCode":"{good}","cmdDesc":"Parts & accessories \\u00e9 100%",'
                    f'"qty":{kg},"primaryValue":{usd},"aggregateHash":"{chance.randbytes(16).hex()}"}}'
                )
            case "census":
                rows.append(f'["4621","RUSSIA","{usd:.0f}","{kg:.0f}","KG","{month}","{good}"]')
            case "hmrc":
                rows.append(f'{{"MonthId":{month},"CommodityId":{good},"Value":{usd},"NetMass":{kg}}}')
            case _:
                rows.append(f"DATAFLOW,M,DE,RU,{good},2,VALUE_IN_EUROS,{month},{usd}")
    return ("\n".join(rows) if kind == "sdmx" else f'{{"count":{len(rows)},"data":[{",".join(rows)}]}}').encode()
