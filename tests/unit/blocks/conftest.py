"""Hypothesis without its deadline of 200 ms a case: tests here never assert times, and machines are busy."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
