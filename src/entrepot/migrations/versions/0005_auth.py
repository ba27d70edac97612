"""Schema auth: users, API tokens, log-in throttling and the audit trail."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

UPGRADE = """
CREATE SCHEMA auth;

CREATE TABLE auth.users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name <> ''),
    display_name  text NOT NULL DEFAULT '',
    role          text NOT NULL CHECK (role IN ('viewer', 'operator', 'planner', 'finance', 'admin')),
    password_hash text,
    language      text NOT NULL DEFAULT '',
    -- Raised by every change that must end the user's open sessions.
    epoch         integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz,
    disabled_at   timestamptz,
    erased_at     timestamptz
);

CREATE TABLE auth.tokens (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES auth.users (id),
    label        text NOT NULL,
    prefix       text NOT NULL,
    -- sha256 is enough: the secret is 256 random bits, nothing to guess from.
    secret_hash  bytea NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX tokens_by_user ON auth.tokens (user_id);

-- Keys are hashes: people sometimes type a password into the name field.
CREATE TABLE auth.throttle (
    key           text PRIMARY KEY,
    failures      integer NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
CREATE INDEX throttle_by_age ON auth.throttle (last_at);

CREATE TABLE auth.audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    -- A person by number, so that erasing the person leaves the trail whole; a program by name.
    user_id    bigint REFERENCES auth.users (id),
    actor      text,
    action     text NOT NULL,
    object     text NOT NULL DEFAULT '',
    detail     jsonb NOT NULL DEFAULT '{}',
    ip         text NOT NULL DEFAULT '',
    request_id text NOT NULL DEFAULT '',
    CHECK ((user_id IS NULL) <> (actor IS NULL))
);
CREATE INDEX audit_by_user ON auth.audit (user_id, id DESC);
CREATE INDEX audit_by_action ON auth.audit (action, id DESC);
CREATE INDEX audit_by_object ON auth.audit (object, id DESC);

CREATE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'auth.audit is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON auth.audit
    FOR EACH ROW EXECUTE FUNCTION auth.refuse_change();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON auth.audit
    FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP SCHEMA auth CASCADE")
