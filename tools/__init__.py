"""The programs behind ./check and ./demo; no part of the package."""
