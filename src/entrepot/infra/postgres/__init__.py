"""The embedded PostgreSQL server: found, created, started, watched and stopped by the app itself."""

from entrepot.infra.postgres.binaries import Binaries, find_binaries
from entrepot.infra.postgres.supervisor import EmbeddedPostgres, PostgresStatus, running_url

__all__ = ["Binaries", "EmbeddedPostgres", "PostgresStatus", "find_binaries", "running_url"]
