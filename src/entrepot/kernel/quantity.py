"""Quantities as integers of the SKU's smallest unit."""

from __future__ import annotations

from decimal import Decimal

from entrepot.kernel.errors import InputError

LARGEST_QUANTITY = 10**12


def whole_quantity(value: Decimal | int | str) -> int:
    """Read a count of pieces.

    Parameters
    ----------
    value : Decimal, int or str
        ``3``, ``"3"`` and ``"3.000"`` are three pieces; may be negative.

    Returns
    -------
    int
        Pieces.

    Raises
    ------
    InputError
        If the value is no number, has a fraction, or is beyond ``10**12``.

    Examples
    --------
    >>> whole_quantity("3.000"), whole_quantity(-2)
    (3, -2)
    """
    if type(value) is int and -LARGEST_QUANTITY <= value <= LARGEST_QUANTITY:
        return value
    try:
        number = Decimal(value)
        if number.is_finite() and abs(number) <= LARGEST_QUANTITY and number == number.to_integral_value():
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise InputError(
        "quantity.whole",
        f"{str(value)[:40]!r} is not a whole number of pieces.",
        "Count in the SKU's smallest unit.",
    )
