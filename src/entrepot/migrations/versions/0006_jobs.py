"""Schema jobs: what was asked for, how far it is, and which executors are alive."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

UPGRADE = """
CREATE SCHEMA jobs;

CREATE TABLE jobs.job (
    seq              bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id               text PRIMARY KEY,
    name             text NOT NULL,
    args             jsonb NOT NULL DEFAULT '{}',
    key              text,
    submitted_by     text NOT NULL,
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done             bigint NOT NULL DEFAULT 0,
    total            bigint,
    unit             text NOT NULL DEFAULT '',
    note             text NOT NULL DEFAULT '',
    submitted_at     timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    ended_at         timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    error            jsonb,
    result           jsonb,
    cancel_requested boolean NOT NULL DEFAULT false,
    -- One per start; a run whose attempt is no longer the row's has been superseded and stops.
    attempt          integer NOT NULL DEFAULT 0,
    executor         text,
    app_version      text NOT NULL,
    UNIQUE (name, key),
    CHECK ((ended_at IS NULL) = (status IN ('queued', 'running')))
);
CREATE INDEX job_active ON jobs.job (status) WHERE status IN ('queued', 'running');
CREATE INDEX job_ended ON jobs.job (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE jobs.executor (
    id          text PRIMARY KEY,
    app_version text NOT NULL,
    host        text NOT NULL,
    pid         integer NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    beat_at     timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")
