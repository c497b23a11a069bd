"""Pages: what the service shows in a browser and what ``stopgap publish`` writes, drawn from one set of templates."""
