"""Values of CreateReviewRequestIsPublished."""

from typing import Literal, TypeAlias

CreateReviewRequestIsPublished: TypeAlias = Literal[0, 1]
