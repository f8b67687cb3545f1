"""The operations, by service. The only floor that speaks AWS's names and error codes."""
