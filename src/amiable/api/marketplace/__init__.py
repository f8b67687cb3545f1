"""AWS Marketplace, as products' own software uses it: metered units, and who is entitled to what."""
