"""E-mail opt-outs and the list of customers who are never invited."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Literal

from ...client import AsyncClient, SyncClient, as_async_paging_client, as_paging_client
from ...models.customer_exclusion import CustomerExclusion
from ...models.customer_exclusion_page import CustomerExclusionPage
from ...types import JSON, AsyncPaginator, Paginator, Response
from . import customers_exclude, customers_exclusions, customers_include, customers_unsubscribe


class Customers:
    """E-mail opt-outs and the list of customers who are never invited."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "CustomersWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return CustomersWithRawResponse(self._client)

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
            client=self._client,
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
            client=self._client,
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
            client=self._client,
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
            client=self._client,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate_exclusions(
        self,
        *,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> Paginator[CustomerExclusion]:
        """Every item of `exclusions`, fetched page by page while it is iterated over. Nothing is sent before that.

        The arguments are those of `exclusions` without `page`, and:

        Args:
            limit: stop after so many items.
            known_ids: stop at the first item with one of these ids: what came before is new. Sort newest first.
            since: stop at the first item created before this aware date-time. Sort newest first.
            checkpoint: where an earlier iteration stood (its `checkpoint`), with the same other arguments.

        Raises, while iterating, what `exclusions` raises, and PaginationError when the pages go in cycles.
        """
        return as_paging_client(self._client).paginate(
            lambda page: customers_exclusions.build(
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            customers_exclusions.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class CustomersWithRawResponse:
    """E-mail opt-outs and the list of customers who are never invited. Each method returns the whole response."""

    def __init__(self, client: SyncClient) -> None:
        self._client = client

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
    ) -> Response[None]:
        """As `Customers.unsubscribe`."""
        return customers_unsubscribe.sync_detailed(
            client=self._client,
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
    ) -> Response[CustomerExclusion | None]:
        """As `Customers.exclude`."""
        return customers_exclude.sync_detailed(
            client=self._client,
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
    ) -> Response[None]:
        """As `Customers.include`."""
        return customers_include.sync_detailed(
            client=self._client,
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
    ) -> Response[CustomerExclusionPage]:
        """As `Customers.exclusions`."""
        return customers_exclusions.sync_detailed(
            client=self._client,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )


class AsyncCustomers:
    """E-mail opt-outs and the list of customers who are never invited."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def with_raw_response(self) -> "AsyncCustomersWithRawResponse":
        """The same methods, returning status, headers, request id and bytes beside the value (`.parsed`)."""
        return AsyncCustomersWithRawResponse(self._client)

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
            client=self._client,
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
            client=self._client,
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
            client=self._client,
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
            client=self._client,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )

    def iterate_exclusions(
        self,
        *,
        page_size: int | None = None,
        extra_query: Mapping[str, object] | None = None,
        limit: int | None = None,
        known_ids: Container[str] = (),
        since: datetime | None = None,
        checkpoint: Mapping[str, int] | None = None,
    ) -> AsyncPaginator[CustomerExclusion]:
        """Every item of `exclusions`, fetched page by page while it is iterated over. Nothing is sent before that.

        The arguments are those of `exclusions` without `page`, and:

        Args:
            limit: stop after so many items.
            known_ids: stop at the first item with one of these ids: what came before is new. Sort newest first.
            since: stop at the first item created before this aware date-time. Sort newest first.
            checkpoint: where an earlier iteration stood (its `checkpoint`), with the same other arguments.

        Raises, while iterating, what `exclusions` raises, and PaginationError when the pages go in cycles.
        """
        return as_async_paging_client(self._client).paginate(
            lambda page: customers_exclusions.build(
                page=page,
                page_size=page_size,
                extra_query=extra_query,
            ),
            customers_exclusions.DECODER,
            limit=limit,
            known_ids=known_ids,
            since=since,
            checkpoint=checkpoint,
        )


class AsyncCustomersWithRawResponse:
    """E-mail opt-outs and the list of customers who are never invited. Each method returns the whole response."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

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
    ) -> Response[None]:
        """As `AsyncCustomers.unsubscribe`."""
        return await customers_unsubscribe.asyncio_detailed(
            client=self._client,
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
    ) -> Response[CustomerExclusion | None]:
        """As `AsyncCustomers.exclude`."""
        return await customers_exclude.asyncio_detailed(
            client=self._client,
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
    ) -> Response[None]:
        """As `AsyncCustomers.include`."""
        return await customers_include.asyncio_detailed(
            client=self._client,
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
    ) -> Response[CustomerExclusionPage]:
        """As `AsyncCustomers.exclusions`."""
        return await customers_exclusions.asyncio_detailed(
            client=self._client,
            page=page,
            page_size=page_size,
            extra_query=extra_query,
        )
