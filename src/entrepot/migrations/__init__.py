"""The schema's history: one numbered file per step in ``versions``, run by ``infra.migrate``."""
