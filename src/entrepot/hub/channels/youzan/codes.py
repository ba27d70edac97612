"""Vocabularies of Youzan: trade and refund states, and message types (documents and bodies of 2019 to 2026)."""

from __future__ import annotations

from typing import Final

PAYMENT: Final = {
    "WAIT_BUYER_PAY": "unpaid",
    "TRADE_PAID": "paid",
    "WAIT_CONFIRM": "paid",  # paid; waits for the group to fill or the shop to accept
    "WAIT_SELLER_SEND_GOODS": "paid",
    "WAIT_BUYER_CONFIRM_GOODS": "paid",
    "TRADE_BUYER_SIGNED": "paid",
    "TRADE_SUCCESS": "paid",
}
"""``TRADE_CLOSED`` depends on whether it was paid."""

FULFILMENT: Final = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_PAID": "open",
    "WAIT_CONFIRM": "open",
    "WAIT_SELLER_SEND_GOODS": "open",
    "WAIT_BUYER_CONFIRM_GOODS": "shipped",
    "TRADE_BUYER_SIGNED": "delivered",
    "TRADE_SUCCESS": "completed",
    "TRADE_CLOSED": "cancelled",
}

ORDER_REFUND: Final = {"0": "none", "1": "asked", "2": "part_refunded", "11": "asked", "12": "refunded"}
"""``order_info.refund_state``: parts of the order (1, 2) or all of it (11, 12), in process or done."""

REFUND_STATE: Final = {
    "1": "asked",
    "10": "refused",
    "20": "returning",
    "30": "returning",
    "40": "refused",
    "50": "closed",
    "60": "refunded",
    "SAFE_NEW": "asked",
    "SAFE_HANDLED": "asked",
    "SAFE_INVOLVED": "asked",
    "SAFE_REJECT": "refused",
    "SAFE_ACCEPT": "returning",
    "SAFE_SEND": "returning",
    "SAFE_NO_RECEIVE": "refused",
    "SAFE_CLOSE": "closed",
    "SAFE_FINISHED": "refunded",
}
"""``refund_state`` of a refund (numbers) and of the older refund messages (words); not the order's vocabulary."""

REFUND_STATUS: Final = {
    "WAIT_SELLER_AGREE": "asked",
    "WAIT_BUYER_RETURN_GOODS": "returning",
    "WAIT_SELLER_CONFIRM_GOODS": "returning",
    "SELLER_REFUSE_BUYER": "refused",
    "SELLER_REFUSE_BUYER_RETURN_GOODS": "refused",
    "SELLER_RETURN_GOODS": "closed",  # the exchange was sent
    "CUSTOMER_SERVICE_IN": "asked",
    "CLOSED": "closed",
    "SUCCESS": "refunded",
}
"""``status`` of ``trade.refund.get``."""

REFUND_KIND: Final = {
    "REFUND_ONLY": "refund",
    "REFUND_AND_RETURN": "return",
    "EXCHANGE_GOODS_FLOW": "exchange",
    "BUYER_APPLY_REFUND": "refund",
    "SELLER_REFUND": "refund",
    "EXCHANGE_GOODS": "exchange",
    "SYSTEM_REFUND": "refund",
}

MODES: Final = {"0": "ship", "1": "pickup", "2": "ship", "9": "virtual"}
"""``express_type``: carrier, collected in the shop, same-city courier, nothing to send."""

ORDER_MESSAGES: Final = {
    "trade_TradeCreate": ("open", "unpaid"),
    "trade_TradePaid": ("open", "paid"),
    "trade_TradeBuyerPay": ("open", "paid"),
    "trade_TradePartlySellerShip": ("part_shipped", "paid"),
    "trade_TradeSellerShip": ("shipped", "paid"),
    "trade_TradeSuccess": ("completed", "paid"),
    "trade_TradeClose": ("cancelled", ""),  # the message does not say whether it had been paid
    "trade_TradeMemoModified": ("", ""),
    "trade_MessagesTheChangeAddresses": ("", ""),
    "youzan_trade_MessagesTheChangeAddressesByBuyer": ("", ""),
}
"""Type of an order message: fulfilment and payment it tells, where its body is not the whole order."""

REFUND_MESSAGES: Final = {
    "BuyerCreated": "asked",
    "RefundCreated": "asked",
    "RefundSellerCreated": "asked",
    "RefundSellerAgree": "returning",
    "RefundBuyerReturnGoods": "returning",
    "RefundSellerRefuse": "refused",
    "RefundSellerRefuseBuyer": "refused",
    "RefundSuccess": "refunded",
    "SysRefund": "refunded",
    "RefundClosed": "closed",
}
"""End of the type of a refund message (``trade_refund_...`` or ``youzan_trade_...``)."""

ITEM_MESSAGES: Final = ("ITEM_INFO", "ITEM_STATE", "ITEM_SKU_INFO", "youzan_item_SkuStockChanged")
IGNORED_MESSAGES: Final = ("POINTS", "SCRM_CUSTOMER_EVENT", "SCRM_CUSTOMER_CARD", "COUPON_CUSTOMER_PROMOTION")
