"""Companies behind an episode's goods, from customs declarations."""
