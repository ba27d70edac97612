"""Orders: what customers asked for, folded from what channels said."""
