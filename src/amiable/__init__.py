"""amiable: Amazon Machine Images for your own Linux machines.

The floors and who may import whom: docs/architecture.md.
"""
