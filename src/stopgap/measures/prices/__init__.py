"""What the target pays above others, and quantity apart from price."""
