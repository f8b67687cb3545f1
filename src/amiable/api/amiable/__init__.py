"""amiable's own operations, in the same shape language (protocol/models/amiable)."""
