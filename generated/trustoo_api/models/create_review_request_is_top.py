"""Values of CreateReviewRequestIsTop."""

from typing import Literal, TypeAlias

CreateReviewRequestIsTop: TypeAlias = Literal[0, 1]
