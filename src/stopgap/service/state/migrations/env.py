"""Run migrations on the connection that :mod:`stopgap.service.state.migrate` hands over."""

from __future__ import annotations

from alembic import context

from stopgap.service.state.tables import StateTable

if hasattr(context, "config"):  # a migration runs: whoever reads all modules of the package starts none
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=StateTable.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=False,
    )
    context.run_migrations()
