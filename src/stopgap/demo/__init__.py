"""The demo: bundled figures and lists, and the main job on them."""
