"""The 50 % rule over tables of ownership."""
