"""Claims made up for tests."""

from stopgap.claims.claim import Action, Claim, ClaimWords, NamedGoods, Speaker, Stance


def made_claim(*goods, **changes):
    """An assertion that China backfills trade with Russia, changed as given."""
    fields = {
        "id": None,
        "title": "a claim",
        "said_by": Speaker("Jane Roe", "Spokesperson"),
        "said_on": "2024-04-08",
        "words": ClaimWords("as said", quoted=False),
        "stance": Stance.ASSERTION,
        "actor": "CHN",
        "action": Action.BACKFILL,
        "target": "RUS",
        "goods": tuple(NamedGoods(name) for name in goods),
    }
    return Claim(**{**fields, **changes})
