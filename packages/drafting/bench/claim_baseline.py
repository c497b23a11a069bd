"""The plain baseline of drafting: two economies and a verb in one sentence, the nearest speaker's tag."""

from __future__ import annotations

import re
from typing import Any

ECONOMIES = {
    "RUS": "Russian?s?|Moscow|Putin|Kremlin|俄罗斯|俄", "CHN": "China|Chinese|Beijing|PRC|Xi|中国|中方", "IRN": "Iran(?:ian)?|Tehran",
    "PRK": "North Koreans?|DPRK|Pyongyang", "IND": "Indian?", "USA": "United States|U\\.S\\.|American?s?|美国|美方", "TUR": "Türkiye|Turkey|Turkish",
    "EU": "EU|Europe|European|Europeans", "KAZ": "Kazakh(?:stan)?", "ARE": "UAE|Emirates|Emirati", "HKG": "Hong Kong", "BLR": "Belarus(?:ian)?",
}  # fmt: skip
ACTIONS = {
    "backfill": r"backfill\w*|fill(?:ing|ed)? the gap",
    "consequence": r"consequences?|costs?|sanction(?:s|ed|ing)?|制裁",
    "stop": r"ban(?:s|ned|ning)?|export controls?|restrict\w*|phas\w+ out|price cap|出口管制",
    "route-through": r"evade|evasion|evading|transship\w*|re-?exports?|circumvent\w*|via",
    "buy-energy": r"(?:buy|bought|buying|purchas\w+|import\w*) (?:[\w’]+ ){0,3}(?:oil|gas|energy|crude|coal)",
    "supply": r"suppl\w+|provid\w+|support\w*|send\w*|sent|sell\w*|sold|deliver\w*|help\w*|assist\w*|transfer\w*|ship\w*|提供",
}
GOODS = {
    "energy": "oil|gas|energy|crude|coal", "weapons": "weapons?|arms|drones?|missiles?|munitions|shells|武器", "optical": "optic\\w*",
    "propellants": "propellants?|nitrocellulose", "space-equipment": "space|satellites?", "machine-tools": "machine tools?",
    "microelectronics": "microelectronics|semiconductors?|chips", "components": "components?|parts", "dual-use": "dual[- ]use",
}  # fmt: skip
_SENTENCE = re.compile(r"\S(?:[^.?!。？！\n]|\n(?!\s*\n)|\.(?=\S)|(?<=\b[A-Z])\.)*[.?!。？！]?")
_TAG = re.compile(r"^\**([A-Z][A-Z.’ -]{1,40}[A-Z]|Q|[A-Z][a-z]+ [A-Z][a-z]+)(?::|\**:|(?<=Q)\s)", re.M)


def baseline_drafts(text: str, file: str) -> list[dict[str, Any]]:
    """Drafts of the plain baseline, offsets in the text as it lies on disk."""
    tags = [(found.end(), found.group(1)) for found in _TAG.finditer(text)]
    drafts = []
    for found in _SENTENCE.finditer(text):
        words = found.group()
        named = sorted(
            (hit.start(), code) for code, names in ECONOMIES.items() if (hit := re.search(_word(names), words))
        )
        action = next((name for name, verbs in ACTIONS.items() if re.search(_word(verbs), words, re.I)), None)
        if len(named) < 2 or action is None:
            continue
        codes = [code for _, code in named]
        target = "RUS" if "RUS" in codes else codes[1]
        speaker = next((name for at, name in reversed(tags) if at <= found.end()), None)
        goods = [
            {"phrase": hit.group(), "group": group}
            for group, names in GOODS.items()
            if (hit := re.search(_word(names), words, re.I))
        ]
        start = max(found.start(), *(at for at, _ in tags if at < found.end()), 0) if tags else found.start()
        drafts.append({
            "file": file, "start": start, "end": found.end(), "stance": _stance(words), "speaker": speaker, "chain": [speaker or ""],
            "actor": next(code for code in codes if code != target), "action": action, "target": target, "goods": goods,
        })  # fmt: skip
    return drafts


def _stance(words: str) -> str:
    if words.rstrip().endswith(("?", "？")):
        return "question"
    if re.search(r"\b(?:not|no|never|n’t|deny|denies|denied)\b|没有|不", words):
        return "denial"
    return "warning" if re.search(r"\b(?:would|will|if|warn\w*|could)\b", words) else "assertion"


def _word(names: str) -> str:
    return rf"(?<![A-Za-z])(?:{names})(?![A-Za-z])"
