"""Pages on alerts: the inbox, one alert with its months, and what is on watch."""
