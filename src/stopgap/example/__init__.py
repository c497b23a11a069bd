"""An example to start from: an episode, a goods list, a mapping, a statement and invented figures."""
