"""What a further stop would remove from the target's inflow."""
