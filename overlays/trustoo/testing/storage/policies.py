"""Hands out upload credentials, and judges forms by the policy in them: the storage's side of what a client checks.

Written apart from the client's own check, so that the two can disagree.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from .forms import Form

__all__ = ["Keys", "violation"]

LARGEST = 5 * 1024**3


class Keys:
    """An access id and its secret, both invented."""

    def __init__(self, access_id: str = "EXAMPLE-access-id", secret: str = "EXAMPLE-storage-secret") -> None:
        self.access_id, self._secret = access_id, secret

    def sign(self, policy: str) -> str:
        """The signature of a policy's base64 text: HMAC-SHA1, base64."""
        digest = hmac.digest(self._secret.encode(), policy.encode(), hashlib.sha1)
        return base64.b64encode(digest).decode()

    def credentials(
        self, host: str, directory: str, ends: float, conditions: Iterable[object], callback: str | None
    ) -> dict[str, str]:
        """What the service answers to who asks for upload credentials; `ends` in Unix seconds."""
        document = {
            "expiration": datetime.fromtimestamp(int(ends), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [["starts-with", "$key", directory], *conditions],
        }
        policy = base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()
        about = {"access_id": self.access_id, "host": host, "expire": str(int(ends)), "dir": directory}
        more = {} if callback is None else {"callback": callback}
        return {**about, "policy": policy, "signature": self.sign(policy), **more}


def violation(form: Form, now: float) -> tuple[int, str, str] | None:
    """Status, code and message of what the form does against its own policy; None for nothing."""
    try:
        document = json.loads(base64.b64decode(form.fields["policy"], validate=True))
        ends, conditions = datetime.fromisoformat(document["expiration"]).timestamp(), list(document["conditions"])
    except (ValueError, KeyError, TypeError):
        return 400, "InvalidPolicyDocument", "The policy cannot be read."
    if now >= ends:
        return 403, "AccessDenied", "Invalid according to Policy: Policy expired."
    size = len(form.content)
    for condition in conditions:
        match condition:
            case ["content-length-range", int(smallest), int(largest)]:
                if size < smallest:
                    return 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size."
                if size > largest:
                    return 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."
            case _ if not _holds(condition, form):
                said = json.dumps(condition, separators=(",", ":"))
                return 403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {said}"
    if size > LARGEST:
        return 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."
    return None


def _holds(condition: Any, form: Form) -> bool:
    values = {name.lower(): value for name, value in form.fields.items()}
    values.setdefault("content-type", form.content_type)
    match condition:
        case dict():
            return all(name == "bucket" or values.get(name.lower()) == wanted for name, wanted in condition.items())
        case [_, "$bucket" | "bucket", _]:
            return True  # there is one bucket
        case [str(operator), str(name), wanted]:
            value = values.get(name.removeprefix("$").lower())
            match operator:
                case "eq":
                    return bool(value == wanted)
                case "starts-with":
                    return (value or "").startswith(wanted)
                case "in":
                    return value in wanted
                case "not-in":
                    return value not in wanted
    return False
