"""Words: economies, goods, triggers of relations, and the patterns that find them."""
