"""Policies of rolling dispatch, by name."""
