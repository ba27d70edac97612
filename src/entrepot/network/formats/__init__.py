"""Networks and plans as files: Entrepot's own JSON, and the layouts of public instances; plain or gzip."""

from entrepot.network.formats.files import FORMATS, read_plan, read_problem, write_plan

__all__ = ["FORMATS", "read_plan", "read_problem", "write_plan"]
