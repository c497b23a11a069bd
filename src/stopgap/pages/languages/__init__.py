"""Languages of what stands around every page; contents, which quote findings, notes and definitions, are in English."""
