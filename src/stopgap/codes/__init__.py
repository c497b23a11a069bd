"""Economies, goods, concordances, goods lists and exchange rates."""
