"""How each channel wants a delivery acknowledged; anything else makes it send again, for hours. Pure."""

from __future__ import annotations

from typing import Final

from entrepot.flows.intake import Receipt

WORDS: Final[dict[str, dict[str, object]]] = {
    "kuaidi100": {"result": True, "returnCode": "200", "message": "成功"},
    "sf": {"return_code": "0000", "return_msg": "成功"},
    "douyin": {"code": 0, "msg": "success"},
    "youzan": {"code": 0, "msg": "success"},
}
"""Channels that look into the body; to the others a 200 is enough, and they get the receipt."""


def acknowledgement(channel: str, receipt: Receipt) -> dict[str, object]:
    """Return the body that tells a channel its message is kept.

    Parameters
    ----------
    channel : str
        Who sent it.
    receipt : Receipt
        What became of it. A duplicate and a quarantined message are kept as well as any.
    """
    if (words := WORDS.get(channel)) is not None:
        return words
    plain: dict[str, object] = {"id": receipt.message_id, "status": receipt.status, "records": receipt.records}
    return {"jsonrpc": "2.0", "id": None, "result": plain} if channel == "odoo_pos" else plain
