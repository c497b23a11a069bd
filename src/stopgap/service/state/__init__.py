"""The service's own database: people, tokens, sessions, jobs, saved views and the audit log; never evidence."""
