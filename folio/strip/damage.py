"""What the strippers raise where a file is not in the shape of its format: then nobody knows what lies in it."""


class Damaged(Exception):
    """The file is out of shape, in words for its author."""
