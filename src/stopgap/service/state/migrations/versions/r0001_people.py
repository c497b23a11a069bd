"""People, tokens, sessions, sign-in links, saved views and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stopgap.service.state.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEPT = "the audit log is only added to"


def upgrade() -> None:
    """Make the tables."""
    _make_people()
    _make_ways_in()
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created", Moment(), nullable=False),
        sa.UniqueConstraint("owner", "name", name="uq_views_owner_name"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(80), nullable=False),
        sa.Column("request_id", sa.String(80), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_who", "audit", ["who"])
    op.create_index("ix_audit_what", "audit", ["what"])
    _keep_audit()


def downgrade() -> None:
    """Refuse: the history of the service would be lost.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("the first revision is not taken back")


def _make_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("tlp", sa.Integer(), nullable=False),
        sa.Column("releasable_to", sa.Text(), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("subject", sa.String(512), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created", Moment(), nullable=False),
        sa.Column("deactivated", Moment(), nullable=True),
        sa.UniqueConstraint("name", name="uq_people_name"),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sa.UniqueConstraint("subject", name="uq_people_subject"),
    )


def _make_ways_in() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id", name="fk_tokens_person_id"), nullable=False),
        sa.Column("role", sa.String(16), nullable=True),
        sa.Column("tlp", sa.Integer(), nullable=True),
        sa.Column("created", Moment(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("last_used", Moment(), nullable=True),
        sa.Column("revoked", Moment(), nullable=True),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
    )
    op.create_index("ix_tokens_person_id", "tokens", ["person_id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id", name="fk_sessions_person_id"), nullable=True),
        sa.Column("token_id", sa.Integer(), sa.ForeignKey("tokens.id", name="fk_sessions_token_id"), nullable=True),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("created", Moment(), nullable=False),
        sa.Column("last_seen", Moment(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("revoked", Moment(), nullable=True),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column(
            "person_id", sa.Integer(), sa.ForeignKey("people.id", name="fk_sign_in_links_person_id"), nullable=True
        ),
        sa.Column("created", Moment(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("used", Moment(), nullable=True),
        sa.Column("revoked", Moment(), nullable=True),
        sa.UniqueConstraint("secret_hash", name="uq_sign_in_links_secret_hash"),
    )
    op.create_index("ix_sign_in_links_person_id", "sign_in_links", ["person_id"])


def _keep_audit() -> None:
    """Let the database refuse to change or remove a line of the audit log."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_KEPT}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()"
    )
