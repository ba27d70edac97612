"""Carriers and parcels: rate cards, calendars, capacities, the choice for each parcel, labels, scorecards.

Others use what is listed here.
"""

from entrepot.delivery.cartonisation import Packed, Packing, PackLine, cartonise
from entrepot.delivery.choice import Choice, Policy, Wanted, choose
from entrepot.delivery.labels import Address, Label, LabelRequest, OwnLabels
from entrepot.delivery.places import Place
from entrepot.delivery.ports import LabelMaker
from entrepot.delivery.quoting import Counter, Offer, Quote, Service, offers, quotes
from entrepot.delivery.rate_sheet import Sheet, read_sheet
from entrepot.delivery.scorecard import Journey, Reliability, Score, reliability, score, state_of
from entrepot.delivery.service import Carriers
from entrepot.delivery.sheet_heading import is_heading
from entrepot.delivery.sheet_rows import Fault, SheetRow
from entrepot.delivery.store import Stored
from entrepot.delivery.tariff import Carton, Parcel, RateCard, Tariff
from entrepot.delivery.work_store import Given

__all__ = [
    "Address",
    "Carriers",
    "Carton",
    "Choice",
    "Counter",
    "Fault",
    "Given",
    "Journey",
    "Label",
    "LabelMaker",
    "LabelRequest",
    "Offer",
    "OwnLabels",
    "PackLine",
    "Packed",
    "Packing",
    "Parcel",
    "Place",
    "Policy",
    "Quote",
    "RateCard",
    "Reliability",
    "Score",
    "Service",
    "Sheet",
    "SheetRow",
    "Stored",
    "Tariff",
    "Wanted",
    "cartonise",
    "choose",
    "is_heading",
    "offers",
    "quotes",
    "read_sheet",
    "reliability",
    "score",
    "state_of",
]
