"""Texts in which something was said: read from files, with offsets that stay those of the file."""

from stopgap.sources.texts.reading import read_texts
from stopgap.sources.texts.text import FILLER, Readable, SourceText, clean_words, readable

__all__ = ["FILLER", "Readable", "SourceText", "clean_words", "read_texts", "readable"]
