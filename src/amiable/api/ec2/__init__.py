"""EC2 (API version 2016-11-15), one file a noun."""
