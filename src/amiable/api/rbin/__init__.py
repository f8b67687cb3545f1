"""Recycle Bin: the rules of what is kept after it was deleted."""
