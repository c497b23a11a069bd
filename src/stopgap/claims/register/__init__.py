"""The register of statements: who said what, to whom, by which sources."""
