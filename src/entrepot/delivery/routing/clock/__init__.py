"""Search over routes under traffic, in compiled code: times are piecewise-linear functions of when one leaves."""
