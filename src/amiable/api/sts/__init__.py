"""STS (API version 2011-06-15): who calls, and temporary keys."""
