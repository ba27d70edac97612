"""Our own search over routes, in compiled code: slack induction by string removals on arrays."""
