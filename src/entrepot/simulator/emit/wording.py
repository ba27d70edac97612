"""Money and ciphers as platforms write them."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha512
from typing import Final

CARRIER_CODES_DOUYIN: Final = {
    "SF": "shunfeng",
    "ZTO": "zhongtong",
    "YTO": "yuantong",
    "YUNDA": "yunda",
    "STO": "shentong",
    "JT": "jtexpress",
}


def decimal_text(minor: int) -> str:
    """Write minor units as a decimal number with two places: 1230 -> "12.30"."""
    sign = "-" if minor < 0 else ""
    whole, cents = divmod(abs(minor), 100)
    return f"{sign}{whole}.{cents:02d}"


def masked_name(name: str) -> str:
    """Keep the surname: 张三 -> 张*."""
    return name[:1] + "*" * (len(name) - 1)


def masked_phone(phone: str) -> str:
    """Keep the head and tail of a mobile number."""
    return f"{phone[:3]}****{phone[-4:]}"


def cipher(plain: str, mark: str, shop_secret: str) -> str:
    """Write a value in Douyin's ciphertext form: ``$$..$1$$`` for numbers, ``##..#1##`` for text.

    The bytes are a hash, so equal values have equal ciphers and nothing can be read back.
    """
    first = b64encode(_stretch(f"{shop_secret}|{plain}|1", 80)).decode()
    second = b64encode(_stretch(f"{shop_secret}|{plain}|2", 60)).decode()
    return f"{mark * 2}{first}*{second}{mark}1{mark * 2}"


def token(text: str, length: int) -> str:
    """Make an opaque token of a given length."""
    return b64encode(_stretch(text, length)).decode()[:length].replace("/", "_").replace("+", "-")


def _stretch(text: str, length: int) -> bytes:
    data = sha512(text.encode()).digest()
    return (data + sha512(data).digest())[:length]
