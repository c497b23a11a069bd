"""Pages of the people of the service: one's own work and settings, others, and the audit log."""
