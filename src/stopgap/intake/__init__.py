"""Files and live services brought into the lake."""
