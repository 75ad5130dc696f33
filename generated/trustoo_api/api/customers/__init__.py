"""E-mail opt-outs and the list of customers who are never invited."""

from collections.abc import Mapping
from typing import Literal

from ...client import AsyncTransport, Transport
from ...models.customer_exclusion import CustomerExclusion
from ...models.customer_exclusion_page import CustomerExclusionPage
from ...types import JSON
from . import customers_exclude, customers_exclusions, customers_include, customers_unsubscribe


class Customers:
    """E-mail opt-outs and the list of customers who are never invited."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def unsubscribe(
        self,
        *,
        email: str,
        email_type: Literal[
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
        | str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Stop e-mails of one kind to an address.

        Known from pages of 2025; the newest could not be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (unsubscribe-2025).

        Args:
            email: Not described. (documented)
            email_type: Kind of e-mail, `all` for every kind. (documented)
        """
        return customers_unsubscribe.sync(
            client=self._transport,
            email=email,
            email_type=email_type,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def exclude(
        self,
        *,
        email: str | None = None,
        customer_id: str | int | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerExclusion | None:
        """Never invite a customer.

        Known from a page of 2025 that called itself a test version; the newest could not be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (exclusion-create-2025).

        Args:
            email: Not described. (documented)
            customer_id: Inferred from the call that takes a customer off the list. (inferred)
        """
        return customers_exclude.sync(
            client=self._transport,
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def include(
        self,
        *,
        customer_id: str | int | None = None,
        email: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Invite a customer again.

        Takes a customer off the exclusion list, found by customer id or by e-mail address.

        Credentials: hmac or bearer. Scope: write_customers.
        Evidence: documented (exclusion-delete).

        Args:
            customer_id: Not described. (documented)
            email: Not described. (documented)
        """
        return customers_include.sync(
            client=self._transport,
            customer_id=customer_id,
            email=email,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    def exclusions(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerExclusionPage:
        """Customers who are never invited.

        Inferred from a title and a method in the navigation and the names of the sibling calls. No page
        of it could be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).

        Args:
            page: Inferred from the other lists. Page number, from 1. (inferred)
            page_size: Inferred from the other lists. Entries per page. (inferred)
        """
        return customers_exclusions.sync(
            client=self._transport,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )


class AsyncCustomers:
    """E-mail opt-outs and the list of customers who are never invited."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def unsubscribe(
        self,
        *,
        email: str,
        email_type: Literal[
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
        | str,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Stop e-mails of one kind to an address.

        Known from pages of 2025; the newest could not be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (unsubscribe-2025).

        Args:
            email: Not described. (documented)
            email_type: Kind of e-mail, `all` for every kind. (documented)
        """
        return await customers_unsubscribe.asyncio(
            client=self._transport,
            email=email,
            email_type=email_type,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def exclude(
        self,
        *,
        email: str | None = None,
        customer_id: str | int | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerExclusion | None:
        """Never invite a customer.

        Known from a page of 2025 that called itself a test version; the newest could not be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: documented (exclusion-create-2025).

        Args:
            email: Not described. (documented)
            customer_id: Inferred from the call that takes a customer off the list. (inferred)
        """
        return await customers_exclude.asyncio(
            client=self._transport,
            email=email,
            customer_id=customer_id,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def include(
        self,
        *,
        customer_id: str | int | None = None,
        email: str | None = None,
        extra_body: Mapping[str, JSON] | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> None:
        """Invite a customer again.

        Takes a customer off the exclusion list, found by customer id or by e-mail address.

        Credentials: hmac or bearer. Scope: write_customers.
        Evidence: documented (exclusion-delete).

        Args:
            customer_id: Not described. (documented)
            email: Not described. (documented)
        """
        return await customers_include.asyncio(
            client=self._transport,
            customer_id=customer_id,
            email=email,
            extra_body=extra_body,
            extra_query=extra_query,
        )

    async def exclusions(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
    ) -> CustomerExclusionPage:
        """Customers who are never invited.

        Inferred from a title and a method in the navigation and the names of the sibling calls. No page
        of it could be read.

        Credentials: hmac or bearer. Scope: not documented.
        Evidence: inferred (navigation).

        Args:
            page: Inferred from the other lists. Page number, from 1. (inferred)
            page_size: Inferred from the other lists. Entries per page. (inferred)
        """
        return await customers_exclusions.asyncio(
            client=self._transport,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
