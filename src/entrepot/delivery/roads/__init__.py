"""How far and how long from place to place: by road map and traffic where there is one, else by great circle."""

from entrepot.delivery.roads.great_circle import GreatCircle
from entrepot.delivery.roads.profile import Profile, Slice
from entrepot.delivery.roads.roads import Place, Roads

__all__ = ["GreatCircle", "Place", "Profile", "Roads", "Slice"]
