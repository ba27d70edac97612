"""Network studies: their versions, and what was found for each."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STUDIES = """
CREATE SCHEMA network;
CREATE TABLE network.study (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL,
    job        text
);
COMMENT ON COLUMN network.study.job IS 'the last job that drew or solved it';

CREATE TABLE network.version (
    study      bigint NOT NULL REFERENCES network.study,
    no         integer NOT NULL CHECK (no > 0),
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL,
    note       text NOT NULL DEFAULT '',
    document   json NOT NULL,
    PRIMARY KEY (study, no)
);
COMMENT ON TABLE network.version IS 'a network as it was drawn, uploaded or edited; never changed, a newer one follows';

CREATE TABLE network.result (
    study      bigint NOT NULL,
    no         integer NOT NULL,
    solved_at  timestamptz NOT NULL,
    solved_by  text NOT NULL,
    report     json NOT NULL,
    PRIMARY KEY (study, no),
    FOREIGN KEY (study, no) REFERENCES network.version
);
COMMENT ON TABLE network.result IS 'the last plan that was found for a version, and what there is to say of it';
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(STUDIES)


def downgrade() -> None:
    """Drop them with all they hold."""
    op.execute("DROP SCHEMA network CASCADE")
