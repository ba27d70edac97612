"""``entrepot translate``: canonical records and findings of files, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from entrepot.cli.screen import print_json
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.hub.findings import Finding
from entrepot.hub.translate import translate
from entrepot.kernel.errors import InputError, NotFound


def translate_files(
    files: Annotated[list[Path], typer.Argument(help="Message bodies, one a file.")],
    channel: Annotated[str, typer.Option(help="Whose adapter reads them.")],
    topic: Annotated[str, typer.Option(help="Message kind; recognised from the body where it is not given.")] = "",
    shop: Annotated[str, typer.Option(help="Stands in the ids.")] = "shop",
    currency: Annotated[str, typer.Option(help="Of messages that do not say; the channel's usual one.")] = "",
    zone: Annotated[str, typer.Option(help="IANA zone of local times; the channel's usual one.")] = "",
) -> None:
    """Print the canonical records and findings of message files as JSON lines.

    Pure: no database, and no clock but the "received" time that plausibility rules compare with. Exit 0 when every
    file gave a record or a finding.
    """
    adapter = adapter_of(channel)
    context = ShopContext(channel, shop, currency or adapter.currency, zone or adapter.zone)
    received_at = datetime.now(UTC)
    silent = 0
    for file in files:
        said = translate(adapter, RawMessage(channel, shop, topic, _body(file), received_at), context)
        for fact in said.facts:
            print_json({"file": str(file), "topic": said.topic, "record": fact})
        for finding in said.findings:
            print_json({"file": str(file), "topic": said.topic, "finding": _shown(finding)})
        silent += not (said.facts or said.findings)
    raise typer.Exit(1 if silent else 0)


def _body(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFound("translate.file", f"There is no file {file}.", "Check the path.") from None
    except OSError as error:
        raise InputError("translate.file", f"{file} cannot be read: {error.strerror}.", "Check the path.") from None


def _shown(finding: Finding) -> dict[str, str]:
    return {name: value for name in finding.__struct_fields__ if (value := getattr(finding, name)) != ""}
