"""Tests of src/amiable/blocks."""
