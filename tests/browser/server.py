"""A running console for the browser tests: the demo retailer at a fraction of its size, and one message to mend.

Run: ``python tests/browser/server.py PORT DATA_DIR`` with ENTREPOT_DATABASE_URL set; prints ``ready`` when it serves.
"""

from __future__ import annotations

import atexit
import gc
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from entrepot.app import Platform, open_platform
from entrepot.hub import channels
from entrepot.hub.adapter import RawMessage
from entrepot.infra.auth import ensure_first_admin
from entrepot.infra.settings import Settings
from entrepot.web import create_app

SCALE = 0.02
SALE = Path(channels.__file__).parent / "odoo_pos/samples/sync_from_ui_sale.json"
BROKEN_YEAR = "0006-"


def main() -> None:
    """Fill the database, then serve."""
    atexit.register(gc.freeze)  # as the command line does: to look through all that is loaded takes seconds
    port, data_dir = int(sys.argv[1]), Path(sys.argv[2])
    settings = Settings(data_dir=data_dir, port=port, demo_rate=0)
    with open_platform(settings) as platform:
        ensure_first_admin(platform.db, data_dir)
        platform.demo.load(lambda *_progress: None, scale=SCALE, rate=0)
        send_broken(platform)
        config = uvicorn.Config(create_app(platform), port=port, log_level="warning", timeout_graceful_shutdown=3)
        server = uvicorn.Server(config)
        print("ready", flush=True)
        server.run()


def send_broken(platform: Platform) -> None:
    """Send a till's sale dated in the year 6, which no time converter takes."""
    text = SALE.read_text(encoding="utf-8").replace('"date_order":"2026-', f'"date_order":"{BROKEN_YEAR}', 1)
    platform.intake.accept([RawMessage("odoo_pos", "st021", "order", text.encode(), datetime.now(UTC))])


if __name__ == "__main__":
    main()
