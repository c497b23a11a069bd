"""Pages of an episode: who replaced the coalition, how surely, and what the figures rest on."""
