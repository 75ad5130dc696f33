"""Imports of reviews from files: `trustoo reviews import`.

`columns` knows the names of columns, `rows` turns a file into arguments of `reviews.create`, and `job` sends them.
"""

from .command import import_reviews

__all__ = ["import_reviews"]
