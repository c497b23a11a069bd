"""Simulated company names in three scripts, and the variant spellings that documents use.

A name is a stem of four syllables, a common business word and a legal form. Stems are random
combinations of syllables, so a likeness to a real firm is a coincidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LATIN, CYRILLIC, CHINESE = "latin", "cyrillic", "chinese"
SCRIPTS = (LATIN, CYRILLIC, CHINESE)

_OPEN = (
    ("va", "ва", "瓦"), ("ga", "га", "加"), ("do", "до", "多"), ("ze", "зе", "泽"), ("ka", "ка", "卡"),
    ("lo", "ло", "洛"), ("mi", "ми", "米"), ("no", "но", "诺"), ("pe", "пе", "佩"), ("ro", "ро", "罗"),
    ("su", "су", "苏"), ("te", "те", "特"), ("ve", "ве", "韦"), ("ri", "ри", "里"), ("la", "ла", "拉"),
    ("mo", "мо", "莫"), ("ne", "не", "内"), ("sa", "са", "萨"), ("tu", "ту", "图"), ("bo", "бо", "博"),
    ("de", "де", "德"), ("fi", "фи", "菲"), ("ku", "ку", "库"), ("li", "ли", "利"), ("ma", "ма", "马"),
    ("na", "на", "纳"), ("po", "по", "波"), ("si", "си", "西"), ("ta", "та", "塔"), ("yu", "ю", "尤"),
    ("kha", "ха", "哈"), ("shi", "ши", "希"),
)  # fmt: skip
_PINYIN = (
    ("bo", "бо", "博"), ("da", "да", "达"), ("fei", "фэй", "飞"), ("hai", "хай", "海"), ("lan", "лань", "兰"),
    ("ming", "мин", "明"), ("rui", "жуй", "瑞"), ("sheng", "шэн", "盛"), ("tai", "тай", "泰"),
    ("tong", "тун", "通"), ("wei", "вэй", "威"), ("xin", "синь", "鑫"), ("yuan", "юань", "源"),
    ("yun", "юнь", "云"), ("zhong", "чжун", "众"), ("jin", "цзинь", "锦"), ("hong", "хун", "宏"),
    ("qi", "ци", "启"), ("jia", "цзя", "嘉"), ("chuang", "чуан", "创"), ("lu", "лу", "陆"),
    ("mei", "мэй", "美"), ("nuo", "но", "诺"), ("pu", "пу", "普"), ("ke", "кэ", "科"), ("lin", "линь", "林"),
    ("shan", "шань", "山"), ("he", "хэ", "和"), ("bei", "бэй", "北"), ("jing", "цзин", "景"),
    ("sen", "сэнь", "森"), ("fu", "фу", "福"),
)  # fmt: skip
SYLLABLES = 32
"""Number of syllables in each family; a stem is a number below ``STEMS``."""

LENGTH = 4
STEMS = SYLLABLES**LENGTH

BUSINESS = (
    ("Electronics", "Электроника", "电子"),
    ("Trading", "Трейдинг", "贸易"),
    ("Components", "Компоненты", "元件"),
    ("Logistics", "Логистика", "物流"),
    ("Instruments", "Приборы", "仪器"),
    ("Machinery", "Машины", "机械"),
    ("Technology", "Технологии", "科技"),
    ("Import Export", "Импорт Экспорт", "进出口"),
    ("Optics", "Оптика", "光学"),
    ("Systems", "Системы", "系统"),
)
"""Common business words of company names, in each script."""

_FORMS = {
    LATIN: ("LLC", "Ltd", "Limited", "Co., Ltd", "GmbH", "JSC", "Inc."),
    CYRILLIC: ("ООО", "АО", "Общество с ограниченной ответственностью", "ТОО"),
    CHINESE: ("有限公司", "有限责任公司", "股份有限公司"),
}
_TRANSLITERATED = {
    LATIN: (("kh", "h"), ("sh", "sch"), ("yu", "iu"), ("v", "w"), ("k", "c"), ("ei", "ey"), ("i", "y")),
    CYRILLIC: (("чж", "ж"), ("цз", "дз"), ("э", "е"), ("нь", "н"), ("ю", "иу"), ("х", "г"), ("в", "у")),
}
_TRADITIONAL = str.maketrans(
    "泽诺罗苏韦图库马纳达飞兰云众锦启创陆电贸仪机进统", "澤諾羅蘇韋圖庫馬納達飛蘭雲眾錦啟創陸電貿儀機進統"
)

NOISES = (
    "other script", "legal form", "no legal form", "transliteration", "typo", "word order", "capitals",
)  # fmt: skip
"""Kinds of difference between a document's spelling and the registered name."""


@dataclass(frozen=True)
class Bare:
    """The components of a company name, independent of script; ``script`` is the one it is registered in.

    ``stem`` is below ``STEMS``, of Chinese syllables if ``is_pinyin``; ``business`` is an index into ``BUSINESS``;
    ``form`` is the number of the legal form.
    """

    stem: int
    is_pinyin: bool
    business: int
    form: int
    script: str

    def stem_in(self, script: str) -> str:
        """Return the stem in a script, as one word."""
        family, place = (_PINYIN if self.is_pinyin else _OPEN), SCRIPTS.index(script)
        digits = [self.stem // SYLLABLES**power % SYLLABLES for power in range(LENGTH)]
        return "".join(family[digit][place] for digit in digits)

    def words_in(self, script: str) -> tuple[str, str, str]:
        """Return stem, business word and legal form in a script."""
        stem = self.stem_in(script)
        forms = _FORMS[script]
        business = BUSINESS[self.business][SCRIPTS.index(script)]
        return (stem if script == CHINESE else stem.capitalize()), business, forms[self.form % len(forms)]

    def registered(self) -> str:
        """Return the registered name."""
        return _joined(*self.words_in(self.script), script=self.script)


@dataclass(frozen=True)
class Spelling:
    """One spelling of a company's name; ``noises`` (of ``NOISES``) are its differences from the registered name."""

    text: str
    script: str
    noises: tuple[str, ...]


def _joined(stem: str, business: str, form: str, *, script: str, turned: bool = False) -> str:
    """Join the parts in the usual order of the script; ``turned`` puts the business word before the stem."""
    first, second = (business, stem) if turned else (stem, business)
    if script == CHINESE:
        return f"{first}{second}{form}"
    if script == CYRILLIC:
        return f"{form} «{first} {second}»" if form else f"{first} {second}"
    return f"{first} {second} {form}".strip()


def _typo(stem: str, rng: np.random.Generator) -> str:
    """Return a stem with two letters swapped, one dropped or one doubled; the first letter stays."""
    if len(stem) < 4:
        return stem
    at, kind = int(rng.integers(1, len(stem) - 1)), int(rng.integers(3))
    changed = (
        stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :],
        stem[:at] + stem[at + 1 :],
        stem[:at] + stem[at] + stem[at:],
    )[kind]
    return changed if changed != stem else stem[:at] + stem[at + 1 :]


def _transliterated(stem: str, script: str, rng: np.random.Generator) -> str:
    """Return a stem in another transliteration, or in traditional characters; unchanged where none differs."""
    if script == CHINESE:
        return stem.translate(_TRADITIONAL)
    found = [pair for pair in _TRANSLITERATED[script] if pair[0] in stem.lower()]
    if not found:
        return stem
    old, new = found[int(rng.integers(len(found)))]
    return stem.lower().replace(old, new).capitalize()


def spell(bare: Bare, noises: Sequence[str], rng: np.random.Generator) -> Spelling:
    """Spell a name with some kinds of noise; those without any effect are not recorded in ``noises``."""
    script = bare.script
    if "other script" in noises:
        others = [other for other in SCRIPTS if other != script]
        script = others[int(rng.integers(len(others)))]
    stem, business, form = bare.words_in(script)
    told = ["other script"] if script != bare.script else []
    for noise in noises:
        before = (stem, business, form)
        if noise == "transliteration":
            stem = _transliterated(stem, script, rng)
            business = business.translate(_TRADITIONAL) if script == CHINESE else business
        elif noise == "typo":
            stem = _typo(stem, rng)
        elif noise == "legal form":
            forms = [other for other in _FORMS[script] if other != form]
            form = forms[int(rng.integers(len(forms)))]
        elif noise == "no legal form":
            form = ""
        if before != (stem, business, form):
            told.append(noise)
    turned = "word order" in noises and script != CHINESE
    text = _joined(stem, business, form, script=script, turned=turned)
    if turned:
        told.append("word order")
    if "capitals" in noises and text.upper() != text:
        text = text.upper()
        told.append("capitals")
    return Spelling(text, script, tuple(told))


def spellings(bare: Bare, count: int, rng: np.random.Generator) -> tuple[Spelling, ...]:
    """Return the registered name first, then up to ``count`` other spellings, all different."""
    found = {bare.registered(): Spelling(bare.registered(), bare.script, ())}
    for _ in range(count):
        picked = rng.choice(len(NOISES), size=int(rng.integers(1, 3)), replace=False)
        made = spell(bare, [NOISES[place] for place in picked], rng)
        found.setdefault(made.text, made)
    return tuple(found.values())
