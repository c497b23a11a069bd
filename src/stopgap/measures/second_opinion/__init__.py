"""Second opinions on net backfill, side by side."""
