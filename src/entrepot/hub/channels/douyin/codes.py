"""Vocabularies of the Douyin shop: order, after-sale and message codes (field dictionary of 2023, samples of 2024)."""

from __future__ import annotations

from typing import Final

PAYMENT: Final = {
    "1": "unpaid",
    "103": "part_paid",
    "105": "paid",
    "2": "paid",
    "101": "paid",
    "3": "paid",
    "5": "paid",
    "21": "refunded",
    "22": "refunded",
    "39": "refunded",
}
"""``main_status`` (or ``order_status``) to payment; 4, cancelled, depends on whether anything was paid."""

FULFILMENT: Final = {
    "1": "open",
    "103": "open",
    "105": "open",
    "2": "open",
    "101": "part_shipped",
    "3": "shipped",
    "4": "cancelled",
    "5": "completed",
    "21": "cancelled",  # refunded before it was shipped
    "22": "shipped",  # refunded after it was shipped: the goods have left
    "39": "completed",  # refunded after it was received
}

AFTERSALE: Final = {
    "0": "none",
    "6": "asked",
    "7": "returning",
    "11": "returning",
    "12": "refunded",
    "13": "closed",  # the exchange was shipped
    "14": "closed",  # the exchange was received
    "27": "refused",
    "28": "closed",
    "29": "refused",
    "51": "closed",  # taken back by the buyer
    "53": "closed",
}

AFTERSALE_KIND: Final = {
    "0": "return",
    "1": "refund",
    "2": "cancel",
    "3": "exchange",
    "4": "cancel",
    "5": "cancel",
    "6": "price_protection",
    "7": "resend",
    "8": "repair",
}
WITHOUT_MONEY: Final = ("exchange", "resend", "repair")

ORDER_TAGS: Final = {
    "100": "TradeCreate",
    "101": "TradePaid",
    "102": "TradeSellerShip",
    "103": "TradeSuccess",
    "104": "TradeLogisticsChanged",
    "105": "TradeAddressChanged",
    "106": "TradeCanceled",
    "108": "TradePartlySellerShip",
    "109": "TradeAmountChanged",
    "110": "TradePending",
    "111": "TradeAddressChangeApplied",
    "113": "TradeMemoModify",
    "126": "TradeAppointmentV2",
}
AFTERSALE_TAGS: Final = {
    "200": "RefundCreated",
    "201": "RefundAgreed",
    "202": "RefundReturnApplyAgreed",
    "203": "RefundBuyerReturnGoods",
    "204": "RefundRefused",
    "205": "RefundReturnApplyRefused",
    "206": "RefundSuccess",
    "207": "RefundClosed",
    "208": "RefundModified",
    "209": "RefundExpirationChange",
    "211": "RefundExchangeComfirmed",
    "212": "RefundArbitrateApplied",
    "213": "RefundArbitrateSubmiting",
    "214": "RefundArbitrateSubmited",
    "215": "RefundArbitrateCancelled",
    "216": "RefundArbitrateAudited",
    "217": "RefundArbitrateServiceIntervene",
    "218": "RefundArbitrateDiscussUpload",
    "224": "RefundSpecialRefund",
    "225": "RefundSpecialRefundSuccess",
    "226": "RefundResendFillLogistics",
    "227": "RefundAuditAgreeResend",
}
PRODUCT_TAGS: Final = {"400": "ProductChange", "417": "ProductInfoChange"}
IGNORED_TAGS: Final = {"0": "Probe", "137": "MaterialAuditResultForShop", "138": "MaterialAuditResultForBSCP"}
"""Messages that tell nothing of orders, stock or products."""
