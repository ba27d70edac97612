"""The addresses channels call: ``POST /hub/{channel}/{shop}/{topic}``. Authorised by the message's signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from entrepot.api.access import address_of, public
from entrepot.api.acknowledgement import acknowledgement
from entrepot.api.drain import IntakeQueue
from entrepot.api.headers import delivery_id_of, kept_headers, topic_of
from entrepot.api.refusals import Refusals
from entrepot.api.registry import Registry
from entrepot.api.services import Services, services_of
from entrepot.flows.intake import Receipt
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.shops import Shop
from entrepot.hub.signatures import verify
from entrepot.infra.folding import awaited
from entrepot.kernel.errors import InputError, Refused, UpstreamError

router = APIRouter(tags=["intake"])

_LONGEST_TOPIC: Final = 200


class Door:
    """Lets messages in: finds their shop, checks their signature, and puts them into the queue.

    Parameters
    ----------
    services : Services
        Registrations and clock.
    queue : IntakeQueue
        Where messages wait for their commit.
    """

    def __init__(self, services: Services, queue: IntakeQueue) -> None:
        self._services = services
        self._refusals = Refusals(services.db)
        self.registry = Registry(services)
        self.queue = queue

    def verdict(
        self, shop: Shop, body: bytes, headers: Mapping[str, str], query: Mapping[str, str], url: str, address: str
    ) -> str:
        """Check a message's signature; ``valid`` or ``none``.

        Raises
        ------
        Refused
            ``hub.bad_signature`` when the shop has secrets and the signature is wrong, missing or too old. A shop
            without secrets is taken at its word, and its messages are marked ``none``.
        """
        now = self._services.clock.now()
        # Square signs the address as it was told it; behind a proxy that is not the address we see.
        told = shop.secrets.get("notification_url", url)
        verdict = verify(adapter_of(shop.channel).signature, body, headers, query, shop.secrets, told, now=now)
        if verdict.status in {"invalid", "missing"} and shop.secrets:
            self._refusals.note(shop.channel, shop.shop, address, now)
            raise Refused(
                "hub.bad_signature",
                f"The message was not taken: {verdict.why}",
                "Compare the shop's secrets with those in the channel's settings, and its clock with this server's.",
                channel=shop.channel,
                shop=shop.shop,
            )
        return "valid" if verdict.status == "valid" else "none"


def door_of(request: Request) -> Door:
    """Return the door of the application that answers a request."""
    door: Door = request.app.state.door
    return door


@router.post("/hub/{channel}/{shop}", summary="Deliver a message", include_in_schema=False)
@public
async def post_untitled(request: Request, channel: str, shop: str) -> JSONResponse:
    """Take a message whose topic stands in a header, or is seen from its body."""
    return await _take(request, channel, shop, "")


@router.post("/hub/{channel}/{shop}/{topic:path}", summary="Deliver a message")
@public
async def post_message(request: Request, channel: str, shop: str, topic: str) -> JSONResponse:
    """Take a message from a channel or carrier, as it is.

    The answer comes after the commit that stored it, in the words the sender expects. A message that came before, or
    one that cannot be read, is acknowledged as well: it is kept.
    """
    return await _take(request, channel, shop, topic)


async def _take(request: Request, channel: str, shop_name: str, topic: str) -> JSONResponse:
    services, door = services_of(request), door_of(request)
    shop = await run_in_threadpool(door.registry.admit, channel, shop_name)
    headers = dict(request.headers)
    topic = _checked_topic(topic or topic_of(headers))
    body = await request.body()
    if not body:
        raise InputError("hub.empty_body", "The body is empty.", "Send the message as the request's body.")
    verdict = await run_in_threadpool(
        door.verdict, shop, body, headers, dict(request.query_params), str(request.url), address_of(request)
    )
    message = RawMessage(
        channel,
        shop_name,
        topic,
        body,
        services.clock.now(),
        kept_headers(headers),
        "webhook",
        delivery_id_of(headers),
        verdict,
    )
    receipt = await awaited(door.queue.submit(message))
    return _acknowledged(channel, receipt)


def _acknowledged(channel: str, receipt: Receipt) -> JSONResponse:
    if receipt.status == "refused":
        # Only when the shop was switched off between the look-up and the commit.
        raise UpstreamError("hub.refused", f"The message was not taken. {receipt.reason}", "Send it again.")
    return JSONResponse(acknowledgement(channel, receipt), headers={"X-Entrepot-Message": receipt.message_id})


def _checked_topic(topic: str) -> str:
    if len(topic) <= _LONGEST_TOPIC and topic.isprintable():
        return topic
    raise InputError(
        "hub.bad_topic",
        f"The topic {topic[:40]!r} is longer than {_LONGEST_TOPIC} characters or not printable.",
        "Name the kind of message as the channel does, such as orders/create.",
    )
