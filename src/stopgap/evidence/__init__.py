"""Evidence that leaves the house: what may go, in which pack, signed by whom, and whether it holds."""
