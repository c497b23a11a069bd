"""A company's name taken apart: legal form, words by meaning, transliteration."""
