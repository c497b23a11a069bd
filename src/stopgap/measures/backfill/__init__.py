"""Suspended trade and who backfills it: gross, net of the counterfactual, with intervals."""
