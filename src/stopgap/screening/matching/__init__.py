"""Names matched against the lists: features, probability, explanation, files of millions."""
