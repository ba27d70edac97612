"""The hub: every channel's and carrier's bytes in, canonical records and findings out, and the way back to the bytes."""
