"""Evidence packs: created, verified, received, exported."""
