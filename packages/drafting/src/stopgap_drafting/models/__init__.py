"""Models: linear models, the reranker, the encoder, and the ensemble of their scores."""
