"""What every floor may use: ids, errors, clock, programs, settings, log. A closed list."""
