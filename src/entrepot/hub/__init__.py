"""The hub: every channel's and carrier's bytes in, canonical records out, and the way back to the bytes."""
