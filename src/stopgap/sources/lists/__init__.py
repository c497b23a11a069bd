"""Lists of companies, vessels, organisations and persons: one small file for each format."""
