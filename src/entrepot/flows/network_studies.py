"""Network studies in the running house: drawn from the order log, edited, solved as jobs, asked what if."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from psycopg import Connection

from entrepot.delivery import Carriers
from entrepot.flows.catching_up import await_reader
from entrepot.flows.goods_issue import READER as GOODS_ISSUE
from entrepot.flows.network_draft import DraftSettings, draft
from entrepot.flows.network_orders import OrderLog, read_log
from entrepot.flows.network_rates import CardRates, DistanceRates, ParcelRates
from entrepot.infra.database import Database
from entrepot.infra.jobs.context import JobCancelled
from entrepot.kernel.clock import Clock
from entrepot.kernel.errors import Conflict
from entrepot.kernel.money import exponent
from entrepot.network import store
from entrepot.network.plan import PlanForm
from entrepot.network.study import SiteEdit, Study, edited, read_study
from entrepot.network.upload import read_upload
from entrepot.orders.sourcing import price_store

if TYPE_CHECKING:
    from entrepot.infra.jobs import JobContext, Jobs

DRAW: Final = "network draw"
SOLVE: Final = "network solve"
WHAT_IF: Final = "network what-if"
DEMO_SECONDS: Final = 5.0
_WHAT_IF_SECONDS: Final = 10.0
_WEDNESDAY: Final = 2


class PlannedStudy(NamedTuple):
    """A version, what it tells, and the plan that was found for it."""

    version: int
    told: Study
    plan: PlanForm


class NetworkStudies:
    """The door.

    Parameters
    ----------
    db : Database
        Where orders and studies are.
    carriers : Carriers
        Rate cards.
    jobs : Jobs
        Draws and solves.
    clock : Clock
        The time.
    """

    def __init__(self, db: Database, carriers: Carriers, jobs: Jobs, clock: Clock) -> None:
        self._db = db
        self._carriers = carriers
        self._jobs = jobs
        self._clock = clock

    def register(self) -> None:
        """Register the jobs."""
        self._jobs.register(DRAW, self._draw)
        self._jobs.register(SOLVE, self._solve)
        self._jobs.register(WHAT_IF, self._what_if)

    # From the log ---------------------------------------------------------------------------------------------------

    def read_orders(self, conn: Connection, settings: DraftSettings) -> OrderLog:
        """Read the orders that settings speak of."""
        now = self._clock.now()
        return read_log(conn, now - timedelta(days=settings.days), now, settings.edges_g)

    def drawn(self, settings: DraftSettings) -> Study:
        """Draw a network from the log; nothing is stored."""
        with self._db.read() as conn:
            orders = self.read_orders(conn, settings)
            currency = price_store.terms(conn).currency
            rates = self._rates(conn, settings, currency)
        return draft(orders, rates, settings, currency, 10 ** exponent(currency))

    def draw(self, conn: Connection, name: str, settings: DraftSettings, seconds: float, by: str) -> tuple[int, str]:
        """Begin a study that a job draws from the log and solves; returns the study and the job."""
        study = store.add_study(conn, name, self._clock.now(), by)
        args = {"study": study, "settings": asdict(settings), "seconds": seconds}
        job = self._jobs.submit(DRAW, args, by=by, conn=conn)
        store.set_job(conn, study, job)
        return study, job

    # Versions -------------------------------------------------------------------------------------------------------

    def upload(self, conn: Connection, study: int | None, name: str, content: bytes, by: str) -> tuple[int, int]:
        """Take a file as a study of its own, or as the next version of one; returns the study and the version.

        Raises
        ------
        InputError, NotFound
            See `entrepot.network.upload.read_upload`; the study must be there.
        """
        told = read_upload(name, content)
        if study is None:
            study = store.add_study(conn, name, self._clock.now(), by)
        store.study_row(conn, study)
        return study, self._add(conn, study, told, by, name)

    def edit(self, conn: Connection, study: int, edits: Mapping[str, SiteEdit], by: str, note: str) -> int:
        """Give sites of the newest version other numbers, as the next version."""
        return self._add(conn, study, edited(self.study(conn, study), edits), by, note)

    def study(self, conn: Connection, study: int, version: int | None = None) -> Study:
        """Return a version; the newest where none is named."""
        newest = store.study_row(conn, study).version
        return read_study(f"study {study}", store.document(conn, study, version or newest or 0))

    def plan(self, conn: Connection, study: int, version: int | None = None) -> PlannedStudy:
        """Return what was found for a version, the newest where none is named.

        Raises
        ------
        Conflict
            ``network.unsolved``.
        """
        newest = store.study_row(conn, study).version
        shown = version or newest or 0
        told = self.study(conn, study, shown)
        found = store.result(conn, study, shown)
        if found is None:
            raise Conflict("network.unsolved", f"Version {shown} has no plan yet.", "Solve it first.")
        return PlannedStudy(shown, told, msgspec.convert(found["plan"], PlanForm))

    def _add(self, conn: Connection, study: int, told: Study, by: str, note: str) -> int:
        return store.add_version(conn, study, msgspec.json.encode(told), self._clock.now(), by, note)

    # Searches -------------------------------------------------------------------------------------------------------

    def solve(self, conn: Connection, study: int, seconds: float, by: str) -> str:
        """Ask for a search on the newest version; returns the job."""
        version = self._newest(conn, study)
        job = self._jobs.submit(SOLVE, {"study": study, "version": version, "seconds": seconds}, by=by, conn=conn)
        store.set_job(conn, study, job)
        return job

    def ask_what_if(self, conn: Connection, study: int, site: str, by: str) -> str:
        """Ask what it costs to turn a site of the newest version's plan over; returns the job."""
        version = self.plan(conn, study, self._newest(conn, study)).version
        return self._jobs.submit(WHAT_IF, {"study": study, "version": version, "site": site}, by=by, conn=conn)

    def draw_demo(self) -> None:
        """Begin a small study where there is none; the job waits until the demo's goods are booked out."""
        with self._db.transaction() as conn:
            if not store.list_studies(conn, 1, None):
                self.draw(conn, "Demo", DraftSettings(zones=60, centres=3, fronts=4), DEMO_SECONDS, "demo")

    def _newest(self, conn: Connection, study: int) -> int:
        version = store.study_row(conn, study).version
        if version is None:
            raise Conflict("network.undrawn", f"Study {study} is still drawn.", "Wait for its job.")
        return version

    # Jobs -----------------------------------------------------------------------------------------------------------

    def _draw(self, ctx: JobContext, study: int, settings: dict[str, object], seconds: float) -> dict[str, object]:
        await_reader(self._db, ctx, GOODS_ISSUE)  # until who sent what is booked
        told = self.drawn(msgspec.convert(settings, DraftSettings))
        with self._db.transaction() as conn:
            version = self._add(conn, study, told, ctx.by, "")
        return self._solve(ctx, study, version, seconds)

    def _solve(self, ctx: JobContext, study: int, version: int, seconds: float) -> dict[str, object]:
        from entrepot.flows.network_search import search  # late: compiled code takes a second to load

        with self._db.read() as conn:
            told = self.study(conn, study, version)
        watch = _Watch(ctx, seconds)
        found = search(told, seconds, watch.report, watch.is_stopped)
        with self._db.transaction() as conn:
            store.keep_result(conn, study, version, msgspec.json.encode(found), self._clock.now(), ctx.by)
        if watch.stopped:
            # What was found by then is kept; the job itself was cancelled.
            raise JobCancelled
        return {"study": study, "version": version, "cost": found.summary.cost, "gap": found.summary.gap}

    def _what_if(self, ctx: JobContext, study: int, version: int, site: str) -> dict[str, object]:
        from entrepot.flows.network_search import turn_over  # late: as above

        with self._db.read() as conn:
            found = self.plan(conn, study, version)
        return turn_over(found.told, found.plan, site, _WHAT_IF_SECONDS)

    def _rates(self, conn: Connection, settings: DraftSettings, currency: str) -> ParcelRates:
        at = _next_wednesday(self._clock.now())
        tariff = self._carriers.tariff(conn, at)
        if any(card.currency == currency for card in tariff.cards_at(at)):
            return CardRates(tariff, at, currency)
        return DistanceRates(settings.circuity, settings.speed_kmh)


class _Watch:
    """A run's progress, and the wish to cancel it, which ends the search and not the run."""

    def __init__(self, ctx: JobContext, seconds: float) -> None:
        self._ctx = ctx
        self._total = max(1, int(seconds))
        self._done = 0
        self.stopped = False

    def report(self, gone: float, cost: float, bound: float) -> None:
        """Say how far it is: seconds, the best cost and the bound."""
        self._done = min(int(gone), self._total - 1)
        self._tell(f"{cost:.2f} {bound:.2f}" if cost < float("inf") else f"- {bound:.2f}")

    def is_stopped(self) -> bool:
        """Return whether somebody cancelled it."""
        self._tell(None)
        return self.stopped

    def _tell(self, note: str | None) -> None:
        if self.stopped:
            return
        try:
            self._ctx.progress(self._done, self._total, "s", note)
        except JobCancelled:
            self.stopped = True


def _next_wednesday(now: datetime) -> datetime:
    """Return a plain working day: prices of parcels must not hang on the weekend on which a study is drawn."""
    return now + timedelta(days=(_WEDNESDAY - now.weekday()) % 7)
