"""The figures in the package, and the main job on them."""
