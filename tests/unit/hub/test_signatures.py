"""Signatures: every rule accepts what its sender signs, and nothing else."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, urlencode

import pytest

from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.signatures import RULES, verify
from entrepot.kernel.errors import InputError

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
BODY = '{"id":1,"名":"茶"}'.encode()


def md5(*parts: str | bytes) -> str:
    return hashlib.md5(b"".join(p.encode() if isinstance(p, str) else p for p in parts)).hexdigest()


def mac(key: str | bytes, data: bytes) -> bytes:
    return hmac.digest(key.encode() if isinstance(key, str) else key, data, "sha256")


def signed(rule):
    """Body, headers, query, secrets and url of a rightly signed message, made without the code under test."""
    headers, query, secrets, url, body = {}, {}, {"webhook_secret": "geheim"}, "", BODY
    if rule in {"shopify", "woocommerce", "aftership"}:
        name = {"shopify": "x-shopify-hmac-sha256", "woocommerce": "x-wc-webhook-signature"}
        headers[name.get(rule, "aftership-hmac-sha256")] = b64encode(mac("geheim", body)).decode()
    elif rule == "easypost":
        headers["x-hmac-signature"] = "hmac-sha256-hex=" + mac("geheim", body).hex()
    elif rule == "square":
        url, secrets = "https://shop.example/hub/square/a/b", {"signature_key": "k"}
        headers["x-square-hmacsha256-signature"] = b64encode(mac("k", url.encode() + body)).decode()
    elif rule == "standard_webhooks":
        stamp = str(int(NOW.timestamp()))
        secrets = {"webhook_secret": "whsec_" + b64encode(b"0123456789").decode()}
        mark = b64encode(mac(b"0123456789", f"msg_1.{stamp}.".encode() + body)).decode()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,AAAA v1,{mark}"}
    elif rule == "douyin":
        secrets = {"app_key": "a", "app_secret": "s"}
        headers["event-sign"] = md5("a", body, "s")
    elif rule == "youzan":
        secrets = {"client_id": "c", "client_secret": "s"}
        body = json.dumps(
            {"msg": quote_plus('{"tid":"E1"}'), "sign": md5("c", quote_plus('{"tid":"E1"}'), "s")}
        ).encode()
    elif rule == "kuaidi100":
        secrets = {"salt": "s"}
        body = urlencode({"sign": md5('{"a": "茶"}', "s").upper(), "param": '{"a": "茶"}'}).encode()
    elif rule == "sf":
        secrets, stamp = {"check_word": "w"}, str(int(NOW.timestamp() * 1000))
        digest = hashlib.md5(quote_plus('{"a":"茶 1"}' + stamp + "w").encode()).digest()
        body = urlencode(
            {"msgData": '{"a":"茶 1"}', "timestamp": stamp, "msgDigest": b64encode(digest).decode()}
        ).encode()
    else:
        key = "client_secret" if rule == "pinduoduo" else "app_secret"
        secrets, body = {key: "s"}, b""
        stamp = str(int(NOW.timestamp())) if rule == "pinduoduo" else "2026-03-01 12:00:00"
        query = {"method": "m", "app_key": "k", "timestamp": stamp}
        pairs = "".join(f"{name}{query[name]}" for name in sorted(query))
        query["sign"] = md5("s", pairs, "s").upper()
    return body, headers, query, secrets, url


def check(rule, body, headers, query, secrets, url, now=NOW):
    return verify(rule, body, headers, query, secrets, url, now=now).status


@pytest.mark.parametrize("rule", RULES)
def test_a_right_signature_is_valid(rule):
    assert check(rule, *signed(rule)) == "valid"


@pytest.mark.parametrize("rule", RULES)
def test_one_changed_byte_is_invalid(rule):
    body, headers, query, secrets, url = signed(rule)
    if body:
        at = body.index(b"a") if b"a" in body and rule in {"sf", "kuaidi100"} else body.index(b"1")
        if rule in {"sf", "kuaidi100"}:
            at = body.index(b"%22a%22") + 3
        body = body[:at] + b"7" + body[at + 1 :]
    else:
        query = {**query, "method": "n"}
    assert check(rule, body, headers, query, secrets, url) == "invalid"


@pytest.mark.parametrize("rule", RULES)
def test_another_secret_is_invalid(rule):
    body, headers, query, secrets, url = signed(rule)
    assert check(rule, body, headers, query, {name: value + "x" for name, value in secrets.items()}, url) == "invalid"


@pytest.mark.parametrize("rule", RULES)
def test_the_previous_secret_still_counts_while_it_is_kept(rule):
    body, headers, query, secrets, url = signed(rule)
    key = RULES[rule][0].secret
    changed = {**secrets, key: "new", f"{key}_previous": secrets[key]}
    assert check(rule, body, headers, query, changed, url) == "valid"


@pytest.mark.parametrize("rule", RULES)
def test_without_a_signature_it_is_missing_and_without_a_secret_there_is_nothing_to_check_with(rule):
    body, headers, query, secrets, url = signed(rule)
    assert check(rule, b"{}", {}, {}, secrets, url) == "missing"
    assert check(rule, body, headers, query, {}, url) == "none"


@pytest.mark.parametrize("rule", [name for name, rules in RULES.items() if rules[0].moment])
@pytest.mark.parametrize("days", [-1, 1])
def test_a_replayed_message_is_too_old_or_too_new(rule, days):
    verdict = verify(rule, *signed(rule), now=NOW + timedelta(days=days))
    assert verdict.status == "invalid"
    assert "86400 s" in verdict.why


def test_a_channel_that_does_not_sign_has_nothing_to_check():
    assert verify("", BODY, {}, {}, {}, now=NOW).status == "none"


def test_an_unknown_rule_names_the_known_ones():
    with pytest.raises(InputError, match="shopify"):
        verify("morse", BODY, {}, {}, {}, now=NOW)


def test_every_adapters_rule_is_there():
    assert {adapter_of(channel).signature for channel in ADAPTERS} <= {*RULES, ""}


def test_youzans_header_signs_the_whole_body():
    secrets = {"client_id": "c", "client_secret": "s"}
    assert check("youzan", BODY, {"event-sign": md5("c", BODY, "s").upper()}, {}, secrets, "") == "valid"


def test_youzans_published_push_is_signed(shared_data):
    body = (shared_data / "payloads" / "youzan" / "push_trade_TradePaid.json").read_bytes()
    secrets = {"client_id": "fixture_client_id", "client_secret": "fixture_secret"}
    assert check("youzan", body, {}, {}, secrets, "") == "valid"


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_taobao_may_sign_with_an_hmac(algorithm):
    query = {"app_key": "k", "timestamp": "2026-03-01 12:00:00"}
    pairs = "".join(f"{name}{query[name]}" for name in sorted(query)).encode()
    query["sign"] = hmac.new(b"s", pairs, algorithm).hexdigest().upper()
    assert check("taobao", b"", {}, query, {"app_secret": "s"}, "") == "valid"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"[]", b"sign=&param=&msgDigest=", b"null"])
def test_no_body_makes_the_check_fail_otherwise(rule, body):
    secrets = dict.fromkeys(("webhook_secret", "signature_key", "app_key", "app_secret", "client_id"), "s")
    assert check(rule, body, {RULES[rule][0].place[7:]: "é"}, {"sign": ""}, secrets, "") in {
        "invalid",
        "missing",
        "none",
    }
