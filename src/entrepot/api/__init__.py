"""REST over the whole house, the channels' webhooks, and the description of both."""

from entrepot.api.application import create_api, give_services
from entrepot.api.services import Services

__all__ = ["Services", "create_api", "give_services"]
