"""How bad a finding is, from what a person may judge to what opens a door."""

SEVERITIES = ("info", "low", "medium", "high", "critical")
