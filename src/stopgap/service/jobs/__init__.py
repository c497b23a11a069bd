"""Jobs: work that takes long, kept in the service's database and done by processes of its own."""
