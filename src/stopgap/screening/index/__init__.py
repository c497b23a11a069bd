"""An index of listed names: built once for an edition, searched by n-grams and words."""
