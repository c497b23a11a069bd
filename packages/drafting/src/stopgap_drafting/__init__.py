"""Propose the claims in a text: who said what of whom, each field with the words it rests on."""
