from typing import Literal

from ..types import Model


class UnsubscribeRequest(Model, kw_only=True, frozen=True, eq=False):
    """The address that no longer wants one kind of e-mail.

    Evidence: documented (unsubscribe-2025).
    """

    email: str
    """E-mail address of the customer."""

    email_type: (
        Literal[
            "all",
            "review_request",
            "review_request_test",
            "discount_for_photo_review",
            "left_review",
            "market_email",
            "question_notification",
            "answer_notification",
            "review_request_quota_exhausted",
            "review_display_quota_exhausted",
            "reply_to_review",
            "post_purchase_referral",
            "advocate_reward_paid",
            "advocate_reward_refund",
            "review_media_remind",
            "auto_leave_review",
            "request_update_review",
        ]
        | str
    )
    """Kind of e-mail, `all` for every kind."""
