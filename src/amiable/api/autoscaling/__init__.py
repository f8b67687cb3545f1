"""Auto Scaling, as far as clients ask about it before they remove an image."""
