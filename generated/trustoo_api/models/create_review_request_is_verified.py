"""Values of CreateReviewRequestIsVerified."""

from typing import Literal, TypeAlias

CreateReviewRequestIsVerified: TypeAlias = Literal[0, 1]
