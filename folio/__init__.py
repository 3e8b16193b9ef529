"""Folio: a folder of Markdown and photographs, served as a whole site.

Each module is a plain noun and does what its name says; `engine.py` at the top of the tree declares the URLs.
"""

__version__ = "0.1.0"
