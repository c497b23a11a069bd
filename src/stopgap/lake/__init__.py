"""The lake: raw bytes with receipts, typed rows in versioned tables, one import one vintage."""
