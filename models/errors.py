"""Errors the models raise.

One class for everything a caller can put right: the message names the input, its value, the
bound it broke and what to do next.
"""


class ModelInputError(ValueError):
    """Report an input that the model refuses, in one line."""
