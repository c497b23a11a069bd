"""Charts of the pages: Vega-Lite specifications, compiled here to Vega, with colours by name for both themes."""
