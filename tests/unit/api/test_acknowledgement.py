from __future__ import annotations

import pytest

from entrepot.api.acknowledgement import acknowledgement
from entrepot.flows.intake import Receipt

RECEIPT = Receipt("ab" * 32, "quarantined", 0)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("kuaidi100", {"result": True, "returnCode": "200", "message": "成功"}),
        ("sf", {"return_code": "0000", "return_msg": "成功"}),
        ("douyin", {"code": 0, "msg": "success"}),
        ("youzan", {"code": 0, "msg": "success"}),
    ],
)
def test_a_kept_message_is_acknowledged_in_the_senders_words_even_when_it_is_quarantined(
    channel: str, words: dict[str, object]
) -> None:
    assert acknowledgement(channel, RECEIPT) == words


def test_others_get_the_receipt() -> None:
    assert acknowledgement("shopify", RECEIPT) == {"id": "ab" * 32, "status": "quarantined", "records": 0}
    assert acknowledgement("odoo_pos", RECEIPT)["result"] == acknowledgement("square", RECEIPT)
