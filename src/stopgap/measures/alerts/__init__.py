"""Months that stand out as first released, under one false discovery rate."""
