"""Live services: requests cut to fit, asked with patience, each reply kept before the next is asked for."""
