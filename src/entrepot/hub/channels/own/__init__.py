"""Orders taken by ourselves: by telephone, by a clerk, or by any program that calls the API."""

from entrepot.hub.channels.own.mapping import ADAPTER

__all__ = ["ADAPTER"]
