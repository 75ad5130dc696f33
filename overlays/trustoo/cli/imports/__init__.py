"""Imports of reviews from files: `trustoo reviews import`.

`tables` reads a file as lines of named values, and `survey` looks at its columns. `mapping` decides what each column
holds. `rows` turns the lines into arguments of `reviews.create`, and `problems` collects what is wrong. `job` sends the
rows, and `results` knows what became of them.
"""

from .command import import_reviews

__all__ = ["import_reviews"]
