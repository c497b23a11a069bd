"""Disclosure control: what may be released at a marking, and what is withheld so that nothing protected follows."""
