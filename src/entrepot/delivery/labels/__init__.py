"""Parcel labels: what stands on one, its barcode, the forms it is printed in, and the house's own maker."""

from entrepot.delivery.labels.label import FORMATS, Address, Label, LabelRequest
from entrepot.delivery.labels.own import OwnLabels

__all__ = ["FORMATS", "Address", "Label", "LabelRequest", "OwnLabels"]
