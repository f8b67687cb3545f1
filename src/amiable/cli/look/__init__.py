"""Verbs that look inside images: inspect, packages, scan, diff, drift.

    asking.py      start an inspection, wait for it, fetch its result
    findings.py    findings as a table
    sarif.py       findings as SARIF
    differences.py what diff and drift print

Their status for CI: 0 nothing to complain of, 3 findings or differences, 1 and 2 as all verbs have them.
"""
