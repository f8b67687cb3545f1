"""Cleaning the disks of an image in a throw-away machine: see docs/clean.md.

operations.py declares what is removed, script.py makes the machine's program of it, kit.py builds the kernel
and tools that it boots, run.py runs it and reads its report.
"""
