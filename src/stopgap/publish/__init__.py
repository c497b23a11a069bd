"""Publish the pages of an episode as files: a public tracker without a server, which opens from a folder too."""
