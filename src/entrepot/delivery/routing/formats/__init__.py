"""Instances and solutions as files: VRPLIB, Solomon, time-dependent VRPTW, Entrepot's own JSON; plain or gzip."""

from entrepot.delivery.routing.formats.files import FORMATS, read_plan, read_problem, write_plan
from entrepot.delivery.routing.formats.rounding import ROUNDINGS

__all__ = ["FORMATS", "ROUNDINGS", "read_plan", "read_problem", "write_plan"]
