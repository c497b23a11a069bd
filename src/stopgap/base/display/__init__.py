"""How results show themselves in a notebook and at a prompt."""
