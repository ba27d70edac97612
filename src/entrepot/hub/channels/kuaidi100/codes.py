"""Vocabularies of Kuaidi100: states of a number and of its nodes (vendor's tables as of 2026-10)."""

from __future__ import annotations

from typing import Final

STATES: Final = {
    "1": ("揽收", "picked_up"),
    "101": ("已下单", "created"),
    "102": ("待揽收", "created"),
    "103": ("已揽收", "picked_up"),
    "0": ("在途", "in_transit"),
    "1001": ("到达派件城市", "arrived"),
    "1002": ("干线", "in_transit"),
    "1003": ("转递", "in_transit"),
    "5": ("派件", "out_for_delivery"),
    "501": ("投柜或驿站", "ready_for_pickup"),
    "3": ("签收", "delivered"),
    "301": ("本人签收", "delivered"),
    "302": ("派件异常后签收", "delivered"),
    "303": ("代签", "delivered"),
    "304": ("投柜或站签收", "delivered"),
    "6": ("退回", "returning"),
    "4": ("退签", "returned"),
    "401": ("已销单", "cancelled"),
    "14": ("拒签", "refused"),
    "7": ("转投", "in_transit"),
    "2": ("疑难", "exception"),
    "201": ("超时未签收", "exception"),
    "202": ("超时未更新", "exception"),
    "203": ("拒收", "refused"),
    "204": ("派件异常", "attempt_failed"),
    "205": ("柜或驿站超时未取", "exception"),
    "206": ("无法联系", "attempt_failed"),
    "207": ("超区", "exception"),
    "208": ("滞留", "exception"),
    "209": ("破损", "exception"),
    "210": ("销单", "cancelled"),
    "8": ("清关", "customs"),
    "10": ("待清关", "customs"),
    "11": ("清关中", "customs"),
    "12": ("已清关", "customs"),
    "13": ("清关异常", "exception"),
}
"""Number, the vendor's word for it, and our code. The same table serves ``state`` and a node's ``statusCode``."""

BY_CODE: Final = {number: code for number, (_, code) in STATES.items()}
BY_NAME: Final = dict(STATES.values()) | {"揽件": "picked_up", "投柜或驿站签收": "delivered"}
