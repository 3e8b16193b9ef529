"""The error for files that break their format: then it is not known what they contain, so they are not published."""


class Damaged(Exception):
    """Raised for a malformed file; the message is for its author."""
