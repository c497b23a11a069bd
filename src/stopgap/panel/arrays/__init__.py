"""The panel's stages, worked out from the arrays of the native copy: the same rows as their SQL gives, faster."""
