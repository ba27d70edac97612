"""Money as an integer of the currency's smallest unit; the one place where it is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from entrepot.kernel.errors import InputError

_EXPONENTS: Final = {
    code: decimals
    for decimals, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in the smallest unit of a currency.

    Parameters
    ----------
    amount : int
        Minor units: fen for CNY, cents for USD, yen for JPY.
    currency : str
        ISO 4217 alphabetic code.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        check_currency(self.currency)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise InputError("money.mixed", f"Cannot add {other.currency} to {self.currency}.", "Convert first.")
        return Money(self.amount + other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        return f"{major_text(self.amount, self.currency)} {self.currency}"


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def check_currency(currency: str) -> str:
    """Return the code when it is three capital letters; else raise `InputError`."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper() or not currency.isalpha():
        raise InputError("money.currency", f"{currency!r} is not a currency.", "Use an ISO 4217 code such as CNY.")
    return currency


def minor_units(amount: Decimal | int | str, currency: str) -> int:
    """Turn an amount in whole units (yuan, dollars) into minor units, half away from zero.

    Parameters
    ----------
    amount : Decimal, int or str
        Whole units; text may carry blanks around it, and nothing else.
    currency : str
        ISO 4217 code; gives the number of decimals.

    Returns
    -------
    int
        Minor units.

    Raises
    ------
    InputError
        If the text is no number, is not finite, or does not fit 64 bits.

    Examples
    --------
    >>> minor_units("29.50", "CNY"), minor_units("0.005", "USD"), minor_units("120", "JPY")
    (2950, 1, 120)
    """
    try:
        scaled = Decimal(amount).scaleb(exponent(currency))
        if scaled.is_finite() and abs(scaled) <= _LARGEST:
            return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        pass
    raise InputError("money.amount", f"{str(amount)[:40]!r} is not an amount of {currency}.", "Send a plain number.")


def major_text(amount: int, currency: str) -> str:
    """Write minor units as whole units, with the currency's decimals.

    Examples
    --------
    >>> major_text(-2950, "CNY"), major_text(120, "JPY")
    ('-29.50', '120')
    """
    return str(Decimal(amount).scaleb(-exponent(currency)))
