"""Durable stories: what happens after an API call has answered. `engine.py` carries them."""
