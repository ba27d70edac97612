"""Who sent a message: one table of the senders' signatures, and one verifier.

A rule says which algorithm, over which text (a tuple of parts), written how, standing where, and how old the signed
time may be. Signatures are checked over the raw bytes, before anything is decoded, and compared in constant time.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl, quote_plus

from entrepot.hub.documents import Undecodable, json_of
from entrepot.kernel.errors import InputError

Status: TypeAlias = Literal["valid", "invalid", "missing", "none"]
Algorithm: TypeAlias = Literal["md5", "hmac-md5", "hmac-sha256"]
Encoding: TypeAlias = Literal["hex", "HEX", "base64"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a signature gave.

    Parameters
    ----------
    status : str
        ``valid``; ``invalid``: wrong or too old; ``missing``: the message carries none; ``none``: there is nothing to
        check with (the channel does not sign, or no secret is stored).
    why : str
        One sentence; empty when valid.
    """

    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a sender signs.

    Parameters
    ----------
    algorithm : str
        ``md5`` over the parts, or an HMAC over them keyed with the secret.
    parts : tuple of str
        What is signed, in order: ``body``, ``url``, ``secret`` and other names of secrets, ``header:<name>``,
        ``form:<name>`` and ``json:<name>`` (one decoded field), ``pairs`` (all parameters but the signature, sorted,
        name and value without a mark between), ``.`` and other single marks as they are.
    encoding : str
        ``hex``, ``HEX`` (upper case) or ``base64``.
    place : str
        Where the signature stands: ``header:<name>``, ``query:<name>``, ``form:<name>`` or ``json:<name>``.
    secret : str
        Which of the shop's secrets is the key.
    prefix : str
        Stands before the signature in its place.
    moment : str
        Place of the signed time, where there is one.
    skew_s : int
        How far that time may be from now, in seconds.
    quoted : bool
        The parts are URL-encoded together before they are signed (SF).
    secret_form : callable, optional
        From the stored text to the key's bytes.
    """

    algorithm: Algorithm
    parts: tuple[str, ...]
    encoding: Encoding
    place: str
    secret: str
    prefix: str = ""
    moment: str = ""
    skew_s: int = 0
    quoted: bool = False
    secret_form: Callable[[str], bytes] = str.encode


def _whsec(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _normal(secret: str) -> bytes:
    return unicodedata.normalize("NFKD", secret).encode()


def _body_hmac(header: str, secret: str = "webhook_secret", prefix: str = "", encoding: Encoding = "base64") -> Rule:
    return Rule("hmac-sha256", ("body",), encoding, f"header:{header}", secret, prefix)


def _sorted_pairs(place: str, algorithm: Algorithm, parts: tuple[str, ...], secret: str, moment: str) -> Rule:
    return Rule(algorithm, parts, "HEX", place, secret, moment=moment, skew_s=600)


_TOP_PARTS: Final = ("app_secret", "pairs", "body", "app_secret")
RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "shopify": (_body_hmac("x-shopify-hmac-sha256"),),
    "woocommerce": (_body_hmac("x-wc-webhook-signature"),),
    "aftership": (_body_hmac("aftership-hmac-sha256"),),
    "easypost": (
        Rule(
            "hmac-sha256", ("body",), "hex", "header:x-hmac-signature", "webhook_secret", "hmac-sha256-hex=",
            secret_form=_normal,
        ),
    ),
    "square": (
        Rule("hmac-sha256", ("url", "body"), "base64", "header:x-square-hmacsha256-signature", "signature_key"),
    ),
    "standard_webhooks": (
        Rule(
            "hmac-sha256",
            ("header:webhook-id", ".", "header:webhook-timestamp", ".", "body"),
            "base64",
            "header:webhook-signature",
            "webhook_secret",
            "v1,",
            moment="header:webhook-timestamp",
            skew_s=300,
            secret_form=_whsec,
        ),
    ),
    "douyin": (Rule("md5", ("app_key", "body", "app_secret"), "hex", "header:event-sign", "app_secret"),),
    "youzan": (
        Rule("md5", ("client_id", "body", "client_secret"), "hex", "header:event-sign", "client_secret"),
        Rule("md5", ("client_id", "json:msg", "client_secret"), "hex", "json:sign", "client_secret"),
    ),
    "kuaidi100": (Rule("md5", ("form:param", "salt"), "HEX", "form:sign", "salt"),),
    "sf": (
        Rule(
            "md5", ("form:msgData", "form:timestamp", "check_word"), "base64", "form:msgDigest", "check_word",
            moment="form:timestamp", skew_s=600, quoted=True,
        ),
    ),
    "taobao": (
        _sorted_pairs("query:sign", "md5", _TOP_PARTS, "app_secret", "query:timestamp"),
        _sorted_pairs("query:sign", "hmac-md5", ("pairs", "body"), "app_secret", "query:timestamp"),
        _sorted_pairs("query:sign", "hmac-sha256", ("pairs", "body"), "app_secret", "query:timestamp"),
    ),
    "jd": (_sorted_pairs("query:sign", "md5", _TOP_PARTS, "app_secret", "query:timestamp"),),
    "pinduoduo": (
        _sorted_pairs("query:sign", "md5", ("client_secret", "pairs", "body", "client_secret"), "client_secret",
                      "query:timestamp"),
    ),
}  # fmt: skip
"""By name. Where a sender has several ways, the first whose place is filled is tried, then the next."""

_CHINA: Final = timezone(timedelta(hours=8))
_DIGESTS: Final = {"md5": hashlib.md5, "hmac-md5": hashlib.md5, "hmac-sha256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class _Message:
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    url: str

    def form(self) -> dict[str, str]:
        if self.body.lstrip()[:1] in (b"{", b"[", b"<"):
            return {}
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except (UnicodeDecodeError, ValueError):
            return {}

    def read(self, place: str) -> str | None:
        """Read one named value; None where it is not there."""
        kind, _, name = place.partition(":")
        if kind == "header":
            return self.headers.get(name) or self.headers.get(name.title())
        if kind == "query":
            return self.query.get(name) or self.form().get(name)
        if kind == "form":
            return self.form().get(name)
        try:
            document = json_of(self.body)
        except Undecodable:
            return None
        value = document.get(name) if isinstance(document, dict) else None
        return value if isinstance(value, str) else None


def verify(
    rule_name: str,
    body: bytes,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    secrets: Mapping[str, str],
    url: str = "",
    *,
    now: datetime,
) -> Verdict:
    """Check a message's signature.

    Parameters
    ----------
    rule_name : str
        Key of `RULES`; empty for a channel that does not sign.
    body : bytes
        As it came.
    headers : mapping
        Lower-case names.
    query : mapping
        Parameters of the address.
    secrets : mapping
        The shop's secrets by name. ``<name>_previous`` is tried too, so that a secret can be changed without loss.
    url : str
        The address that the sender called, where it is signed (Square).
    now : datetime
        Aware.

    Returns
    -------
    Verdict
        A wrong signature and one that is too old are ``invalid``.

    Raises
    ------
    InputError
        ``signature.rule`` for a rule that is not there.
    """
    if not rule_name:
        return Verdict("none", "The channel does not sign its messages.")
    if rule_name not in RULES:
        raise InputError(
            "signature.rule", f"There is no signature rule {rule_name!r}.", f"Use one of: {', '.join(RULES)}."
        )
    message = _Message(body, headers, query, url)
    verdict = Verdict("missing", f"The message has no signature ({_places(rule_name)}).")
    for rule in RULES[rule_name]:
        if (given := message.read(rule.place)) is None:
            continue
        keys = [secrets[name] for name in (rule.secret, f"{rule.secret}_previous") if secrets.get(name)]
        if not keys:
            return Verdict("none", f"No {rule.secret} is stored for this shop; store it to have signatures checked.")
        if _matches(rule, message, given, secrets, keys):
            return _in_time(rule, message, now)
        verdict = Verdict("invalid", f"The signature ({rule.place.replace(':', ' ')}) does not match the message.")
    return verdict


def _places(rule_name: str) -> str:
    return " or ".join(dict.fromkeys(rule.place.replace(":", " ") for rule in RULES[rule_name]))


def _matches(rule: Rule, message: _Message, given: str, secrets: Mapping[str, str], keys: list[str]) -> bool:
    offers = [part.removeprefix(rule.prefix) for part in given.split() if part.startswith(rule.prefix)]
    found = False
    for key in keys:
        expected = _signature(rule, message, {**secrets, rule.secret: key}, key)
        if expected is None:
            continue
        # Every offer is compared, so that the time taken tells nothing.
        for offer in offers:
            found = hmac.compare_digest(_comparable(rule, offer), _comparable(rule, expected)) or found
    return found


def _comparable(rule: Rule, signature: str) -> bytes:
    text = signature.strip()
    return (text if rule.encoding == "base64" else text.lower()).encode(errors="replace")


def _signature(rule: Rule, message: _Message, secrets: Mapping[str, str], key: str) -> str | None:
    parts = [_part(rule, name, message, secrets) for name in rule.parts]
    if any(part is None for part in parts):
        return None
    data = b"".join(part for part in parts if part is not None)
    if rule.quoted:
        data = quote_plus(data).encode()
    if rule.algorithm == "md5":
        digest = hashlib.md5(data, usedforsecurity=False).digest()
    else:
        digest = hmac.digest(rule.secret_form(key), data, _DIGESTS[rule.algorithm])
    if rule.encoding == "base64":
        return b64encode(digest).decode()
    return digest.hex().upper() if rule.encoding == "HEX" else digest.hex()


def _part(rule: Rule, name: str, message: _Message, secrets: Mapping[str, str]) -> bytes | None:
    if name == "body":
        # Parameters sent as a form are signed as pairs, not as a body.
        return b"" if "pairs" in rule.parts and message.form() else message.body
    if name == "url":
        return message.url.encode()
    if name == "pairs":
        return _pairs(rule, message)
    if ":" in name:
        value = message.read(name)
        return None if value is None else value.encode()
    if re.fullmatch(r"\W", name):
        return name.encode()
    value = secrets.get(name)
    return None if value is None else value.encode()


def _pairs(rule: Rule, message: _Message) -> bytes:
    signature = rule.place.partition(":")[2]
    merged = {**message.query, **message.form()}
    return "".join(f"{name}{merged[name]}" for name in sorted(merged) if name != signature).encode()


def _in_time(rule: Rule, message: _Message, now: datetime) -> Verdict:
    if not rule.moment:
        return Verdict("valid")
    at = _moment(message.read(rule.moment))
    if at is None:
        return Verdict("invalid", f"The signed time ({rule.moment.replace(':', ' ')}) is missing or cannot be read.")
    apart = abs((now - at).total_seconds())
    if apart > rule.skew_s:
        return Verdict("invalid", f"The message was signed {apart:.0f} s from now; {rule.skew_s} s are allowed.")
    return Verdict("valid")


def _moment(text: str | None) -> datetime | None:
    """Read a signed time: seconds or milliseconds since 1970, or a naive time of China."""
    try:
        if text is not None and re.fullmatch(r"\d{9,11}|\d{13}", text.strip()):
            return datetime.fromtimestamp(int(text) / (1000 if len(text.strip()) == 13 else 1), _CHINA)
        return None if text is None else datetime.fromisoformat(text.strip()).replace(tzinfo=_CHINA)
    except (ValueError, OverflowError):
        return None
