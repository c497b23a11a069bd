"""Simulated worlds of trade with planted truth: loss, backfill, routing, prices, gaps, revisions, alerts."""
