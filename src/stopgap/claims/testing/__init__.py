"""Claims tested: hypotheses, figures, verdicts."""
