"""How fast the engine is, beside what it is built of: `python -m bench`. Nothing here is asserted by a test."""
