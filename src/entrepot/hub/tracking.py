"""Reading a parcel's journey: what a carrier's sentence means, and which of two events of one second came later.

Carriers stamp whole seconds, and a parcel often arrives and leaves within one. A tracking event's version is therefore
its time plus a few microseconds by its code (`seconds_with_code`), so that the latest version is the parcel's state.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from entrepot.hub.converters import BadValue, Converter, ShopContext, computed, written
from entrepot.hub.documents import Json
from entrepot.kernel.facts import Value

LATER_IN_SECOND: Final = (
    "created", "picked_up", "arrived", "customs", "in_transit", "out_for_delivery", "ready_for_pickup",
    "attempt_failed", "exception", "refused", "returning", "returned", "cancelled", "delivered",
)  # fmt: skip
"""Canonical codes in the order in which they follow each other within one second: a parcel arrives, then leaves."""

_SENTENCES: Final = tuple(
    (re.compile("|".join(patterns)), code)
    for code, patterns in (
        ("returned", ("退签", "退回签收", "退件.{0,6}签收", "已退回.{0,20}签收")),
        ("refused", ("拒收", "拒签", "拒绝签收")),
        ("returning", ("退回", "退件", "返回寄件", "返回发件")),
        ("attempt_failed", ("(派送|派件|投递)(不成功|失败|异常)", "未能?妥投", "无法联系|联系不上", "(再次|改日)派送")),
        ("delivered", ("签收人[是:：为]", "已代?签收", "本人签收", "签收成功", "妥投")),
        ("delivered", ("(客户|用户|收件人|本人).{0,6}(取件|领取|取走)", "已被?(取走|领取)")),
        ("ready_for_pickup", ("(存放|暂存|放置|投放|放入|入库|代收|送达).{0,30}(驿站|柜|代收点|自提点|服务站)",)),
        ("ready_for_pickup", ("(驿站|柜|代收点|自提点|服务站).{0,30}(代收|待取|取件码|请.{0,6}(自提|取件|领取))",)),
        ("out_for_delivery", ("(正在|准备|安排|开始).{0,8}(派送|派件|投递)", "派[送件]途?中|派件员|快递员.*派送")),
        ("created", ("待揽收", "等待揽", "已下单", "订单已?创建", "电子面单", "准备.{0,6}揽")),
        ("picked_up", ("已(收件|揽收|揽件|收取|收寄|取件)", "收取快件", "揽收成功")),
        ("customs", ("清关", "海关", "报关", "通关", "查验")),
        ("in_transit", ("离开", "发往", "发出", "装车", "启运", "起飞", "转运中", "运输中", "在途")),
        ("arrived", ("到达", "已到", "抵达", "已收入")),
        ("exception", ("疑难", "滞留", "破损", "丢失", "超区", "错分", "地址不详", "问题件")),
    )
)
_PHONE: Final = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def code_of_sentence(sentence: str) -> str | None:
    """Tell the canonical code of a carrier's sentence, or None where no known words stand in it.

    Notes
    -----
    Words of an end ("returned", "refused") are looked for before words of progress. "签收" alone proves nothing:
    "请您准备签收" is said of a parcel still under way.

    Examples
    --------
    >>> code_of_sentence("正在派送途中,请您准备签收"), code_of_sentence("已签收,签收人是前台签收")
    ('out_for_delivery', 'delivered')
    """
    return next((code for pattern, code in _SENTENCES if pattern.search(sentence)), None)


def without_phones(sentence: str) -> str:
    """Mask the mobile numbers in a sentence: the courier's own, which is nobody's business later."""
    return _PHONE.sub(r"\1****\2", sentence)


def _sentence(raw: Json, context: ShopContext) -> Value:
    if not isinstance(raw, str):
        raise BadValue(raw, "a sentence")
    return without_phones(raw.strip()).replace("\x00", "\ufffd") or None


sentence = computed("sentence without phone numbers", "text", _sentence)


def seconds_with_code(
    times: Converter, time_of: Callable[[dict[str, Json]], Json], code_of: Callable[[dict[str, Json]], str | None]
) -> Converter:
    """Make the version of tracking events: their time, and within one second the order of their codes.

    Parameters
    ----------
    times : Converter
        How the carrier writes times.
    time_of, code_of : callable
        Where an event (the object itself, path ``.``) has its time and its canonical code.
    """

    def moment(raw: Json, context: ShopContext) -> datetime | None:
        if not isinstance(raw, dict) or times.moment is None:
            return None
        at = times.moment(time_of(raw) or "", context)
        code = code_of(raw)
        rank = LATER_IN_SECOND.index(code) if code in LATER_IN_SECOND else 0
        return None if at is None else at + timedelta(microseconds=rank)

    def convert(raw: Json, context: ShopContext) -> Value:
        at = moment(raw, context)
        return None if at is None else written(at)

    return Converter(f"{times.name} and code", "instant", convert, moment)
