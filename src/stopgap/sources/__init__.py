"""Sources: files of official statistics, read into one staged table; ``registry`` is the way in."""
