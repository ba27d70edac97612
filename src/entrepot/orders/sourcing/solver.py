"""The solver, set up to print nothing and to answer the same on every machine."""

from __future__ import annotations

import highspy


class Solver(highspy.Highs):
    """HiGHS with one thread, a fixed seed and no output, from its first moment on."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.setOptionValue("threads", 1)
        self.setOptionValue("random_seed", 0)

    def enableCallbacks(self) -> None:
        """Be quiet before the callbacks are made: they print the solver's banner on standard output."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
