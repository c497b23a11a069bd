"""Migrations of the service's database, one revision after the other (alembic)."""
