"""Pages of what the lake holds: vintages, files, coverage, quality and lists."""
