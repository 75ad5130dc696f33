"""Values of CreateReviewRequestIsFeatured."""

from typing import Literal, TypeAlias

CreateReviewRequestIsFeatured: TypeAlias = Literal[0, 1]
