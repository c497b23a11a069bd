"""Map of flows: who lost and who gained trade with the target."""
