"""Explain a match by the features that contributed to its probability."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from stopgap.screening.matching.features import COLUMN, FEATURES
from stopgap.screening.matching.results import FeatureScore
from stopgap.screening.names.company_name import ReadName

LEAST_MOVED = 0.05
"""Minimum absolute contribution, in log odds, of a topic that is reported."""

_TOPICS = {
    "words": "query_covered",
    "words that are missing": "name_missing",
    "rarity": "evidence",
    "order": "order",
    "spelling": "spelling",
    "sound": "sound",
    "initials": "initials",
    "legal form": "legal_form",
    "numbers": "numbers",
    "places": "places",
    "length": "name_words",
    "script": "script",
    "beside others": "beside",
}
"""Topic -> the feature whose value represents it."""

_PLACES = {
    1.0: "the same places",
    0.5: "no country or town in either name",
    0.0: "different countries or towns",
    0.25: "a country or town in one name alone: it may be a branch or sister",
}


def explain(
    query: ReadName, name: ReadName, values: npt.NDArray[np.float32], moved: npt.NDArray[np.float64]
) -> tuple[FeatureScore, ...]:
    """Return one entry for each topic that contributed to the log odds, largest contribution first.

    ``values`` (features,) are the pair's features; ``moved`` (features + 1,) are the log odds contributed by each
    feature, followed by the base value.
    """
    weights: dict[str, float] = defaultdict(float)
    for feature, weight in zip(FEATURES, moved, strict=False):
        weights[feature.topic] += float(weight)
    found = [
        FeatureScore(
            topic, min(max(float(values[COLUMN[_TOPICS[topic]]]), 0.0), 1.0), weight, _says(topic, query, name, values)
        )
        for topic, weight in weights.items()
        if abs(weight) >= LEAST_MOVED
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.weight)))


def _says(topic: str, query: ReadName, name: ReadName, values: npt.NDArray[np.float32]) -> str:
    """Return the sentence that explains a topic for this pair."""

    def value(feature: str) -> float:
        return float(values[COLUMN[feature]])

    mine, theirs = ({token.key: token.latin for token in each.tokens} for each in (query, name))
    match topic:
        case "words":
            shared = [latin for key, latin in mine.items() if key in theirs]
            words = f": {', '.join(shared[:6])}" if shared else ""
            return (
                f"{value('query_covered'):.0%} of the query's words and {value('name_covered'):.0%} of the listed name's are found "
                f"in the other, rare words counting more{words}"
            )
        case "words that are missing":
            lacking = [latin for key, latin in theirs.items() if key not in mine][:4]
            extra = [latin for key, latin in mine.items() if key not in theirs][:4]
            parts = [f"the query lacks {', '.join(lacking)}"] if lacking else []
            parts += [f"the listed name lacks {', '.join(extra)}"] if extra else []
            return "; ".join(parts) or "no word is missing"
        case "rarity":
            return "how rare the words are that they have in common: common words of trade say little"
        case "order":
            is_same = value("order") > 0.5
            return f"words in common stand in {'the same order' if is_same else 'another order, or are few'}"
        case "spelling":
            return f"the whole names are alike to {value('spelling'):.0%}, letter by letter"
        case "sound":
            return f"their consonants are alike to {value('sound'):.0%}, as transcriptions keep them"
        case "initials":
            if not value("initials"):
                return "no word has the initials of the other name"
            return f"a short word has the initials of the other name's words ({value('initials_letters'):.0f} letters)"
        case "legal form":
            return {1.0: "the same legal form", 0.0: "different legal forms"}.get(
                value("legal_form"), "a legal form is not given"
            )
        case "numbers":
            return {
                1.0: "the same numbers",
                0.5: "no numbers in either name",
                0.0: "different numbers",
                0.25: "a number in one name alone",
            }.get(round(value("numbers"), 2), "some numbers are the same")
        case "places":
            return _PLACES.get(round(value("places"), 2), "some places are the same")
        case "beside others":
            return f"it has {value('beside'):.0%} of what the query's nearest name has in common with it"
        case "length":
            return f"the query has {value('query_words'):.0f} words, the listed name {value('name_words'):.0f}"
        case _:
            if query.is_cjk:
                return "the query is in Chinese, Japanese or Korean"
            return f"the query is in {'Cyrillic' if query.is_cyrillic else 'Latin letters'}"
