from __future__ import annotations

import pytest

from entrepot.api.problems import status_of
from entrepot.kernel.errors import (
    Conflict,
    EntrepotError,
    InputError,
    InvariantBroken,
    NotFound,
    Refused,
    UpstreamError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("orders.sort", ""), 422),
        (InputError("api.bad_cursor", ""), 400),
        (InputError("hub.unknown_channel", ""), 404),
        (Refused("auth.bad_token", ""), 401),
        (Refused("auth.not_allowed", ""), 403),
        (Refused("auth.too_many_attempts", ""), 429),
        (Refused("hub.bad_signature", ""), 401),
        (Refused("hub.shop_inactive", ""), 403),
        (Conflict("orders.moved", ""), 409),
        (NotFound("orders.unknown", ""), 404),
        (UpstreamError("intake.busy", ""), 503),
        (InvariantBroken("stock.derived_id", ""), 500),
        (EntrepotError("x.y", ""), 500),
    ],
)
def test_every_error_has_one_status(error: EntrepotError, status: int) -> None:
    assert status_of(error) == status
