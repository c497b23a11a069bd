"""Pictures of a brief, each one specification that every format draws."""
