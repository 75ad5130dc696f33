"""Values of SuccessResponseCode."""

from typing import Literal, TypeAlias

SuccessResponseCode: TypeAlias = Literal[0]
