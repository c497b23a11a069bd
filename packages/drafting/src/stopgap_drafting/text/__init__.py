"""From characters to sentences: turns, noun phrases, attributions, the gloss of Chinese."""
