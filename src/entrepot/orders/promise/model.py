"""A model as it is kept and used: fitted trees or the cold start, with the calibration measured beside them. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from entrepot.kernel.errors import InvariantBroken
from entrepot.orders.promise import hazard
from entrepot.orders.promise.calibration import correct
from entrepot.orders.promise.cold_start import ColdStart
from entrepot.orders.promise.features import Surroundings
from entrepot.orders.promise.hazard import HazardModel, Recipe
from entrepot.orders.promise.history import Floats, History

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class PromiseModel:
    """What promises are made with.

    Parameters
    ----------
    as_of : int
        The day it was fitted on.
    recipe : Recipe
        How.
    trees : HazardModel or None
        None while there is too little history: the cold start promises then.
    rates : ndarray of float, shape (n_stretches,)
        The calibration: how fast deliveries tick against the model now.
    """

    as_of: int
    recipe: Recipe
    trees: HazardModel | None
    rates: Floats

    @property
    def version(self) -> str:
        """Return which kind of model it is."""
        return ColdStart.VERSION if self.trees is None else hazard.VERSION

    def predict(self, around: Surroundings, known: History, orders: History) -> Floats:
        """Tell the calibrated cumulative hazard of orders by the end of each day after they are placed.

        Parameters
        ----------
        around : Surroundings
            Observed up to the orders' days, with life tables as of the model's.
        known : History
            What `around` was observed from.
        orders : History
            Whom to promise, coded as `known` is.
        """
        if self.trees is None:
            cold = ColdStart.fit(known, around.calendar, self.as_of, self.recipe.horizon)
            raw = cold.predict(orders, np.arange(len(orders)), around.calendar)
        else:
            raw = hazard.predict(self.trees, around, orders)
        return correct(raw, np.broadcast_to(self.rates, (len(orders), len(self.rates))))


class _Packed(msgspec.Struct):
    format: int
    as_of: int
    recipe: Recipe
    trees: str | None
    rates: list[float]


def pack(model: PromiseModel) -> bytes:
    """Write a model as deflated JSON."""
    trees = None if model.trees is None else model.trees.trees
    return zlib.compress(msgspec.json.encode(_Packed(_FORMAT, model.as_of, model.recipe, trees, model.rates.tolist())))


def unpack(body: bytes) -> PromiseModel:
    """Read a model back.

    Raises
    ------
    InvariantBroken
        ``promise.model_format`` when another version of the program wrote it.
    """
    try:
        packed = msgspec.json.decode(zlib.decompress(body), type=_Packed)
    except (zlib.error, msgspec.DecodeError) as error:
        raise _unreadable(str(error)) from error
    if packed.format != _FORMAT:
        raise _unreadable(f"format {packed.format}, not {_FORMAT}")
    trees = None if packed.trees is None else HazardModel(packed.as_of, packed.recipe, packed.trees)
    return PromiseModel(packed.as_of, packed.recipe, trees, np.array(packed.rates))


def _unreadable(why: str) -> InvariantBroken:
    return InvariantBroken(
        "promise.model_format", f"The stored model cannot be read: {why}.", "Fit anew: entrepot promise fit."
    )
