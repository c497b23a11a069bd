"""The demo: bundled figures, and the main job on them."""
