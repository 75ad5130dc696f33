"""Values of CreateReviewRequestRating."""

from typing import Literal, TypeAlias

CreateReviewRequestRating: TypeAlias = Literal[1, 2, 3, 4, 5]
