"""Companies against lists: names, candidates, explained scores, decisions, ownership, exposure."""
