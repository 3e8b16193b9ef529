"""Benchmarks of the engine beside the libraries and servers it is built on: `python -m bench`. No test asserts them."""
