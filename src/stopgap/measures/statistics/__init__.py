"""Statistics that several measures share: arrays, placebo spread, Poisson models, synthetic control."""
