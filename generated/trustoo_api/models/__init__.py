"""All models. Each is imported at its first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .authorization_code import AuthorizationCode as AuthorizationCode
    from .authorize_url import AuthorizeUrl as AuthorizeUrl
    from .create_review_media import CreateReviewMedia as CreateReviewMedia
    from .create_review_media_lists import CreateReviewMediaLists as CreateReviewMediaLists
    from .create_review_reply import CreateReviewReply as CreateReviewReply
    from .create_review_request import CreateReviewRequest as CreateReviewRequest
    from .created_review import CreatedReview as CreatedReview
    from .customer_event import CustomerEvent as CustomerEvent
    from .customer_event_page import CustomerEventPage as CustomerEventPage
    from .customer_exclusion import CustomerExclusion as CustomerExclusion
    from .customer_exclusion_page import CustomerExclusionPage as CustomerExclusionPage
    from .delete_review_request import DeleteReviewRequest as DeleteReviewRequest
    from .empty_response import EmptyResponse as EmptyResponse
    from .exclude_customer_request import ExcludeCustomerRequest as ExcludeCustomerRequest
    from .image_upload_credentials import ImageUploadCredentials as ImageUploadCredentials
    from .include_customer_request import IncludeCustomerRequest as IncludeCustomerRequest
    from .o_auth_token import OAuthToken as OAuthToken
    from .o_auth_token_request import OAuthTokenRequest as OAuthTokenRequest
    from .order import Order as Order
    from .order_page import OrderPage as OrderPage
    from .pagination import Pagination as Pagination
    from .private_token import PrivateToken as PrivateToken
    from .public_token import PublicToken as PublicToken
    from .rating import Rating as Rating
    from .review import Review as Review
    from .review_media import ReviewMedia as ReviewMedia
    from .review_media_lists import ReviewMediaLists as ReviewMediaLists
    from .review_page import ReviewPage as ReviewPage
    from .review_reply import ReviewReply as ReviewReply
    from .revoke_token_request import RevokeTokenRequest as RevokeTokenRequest
    from .shop_authorization import ShopAuthorization as ShopAuthorization
    from .shop_installation import ShopInstallation as ShopInstallation
    from .unsubscribe_request import UnsubscribeRequest as UnsubscribeRequest
    from .video_upload import VideoUpload as VideoUpload
    from .webhook import Webhook as Webhook
    from .webhook_create_request import WebhookCreateRequest as WebhookCreateRequest
    from .webhook_delete_request import WebhookDeleteRequest as WebhookDeleteRequest
    from .webhook_delivery import WebhookDelivery as WebhookDelivery
    from .webhook_delivery_item import WebhookDeliveryItem as WebhookDeliveryItem
    from .webhook_update_request import WebhookUpdateRequest as WebhookUpdateRequest

_MODULES = {
    "Pagination": ".pagination",
    "EmptyResponse": ".empty_response",
    "OAuthTokenRequest": ".o_auth_token_request",
    "RevokeTokenRequest": ".revoke_token_request",
    "AuthorizationCode": ".authorization_code",
    "AuthorizeUrl": ".authorize_url",
    "OAuthToken": ".o_auth_token",
    "ShopAuthorization": ".shop_authorization",
    "ShopInstallation": ".shop_installation",
    "WebhookCreateRequest": ".webhook_create_request",
    "WebhookUpdateRequest": ".webhook_update_request",
    "WebhookDeleteRequest": ".webhook_delete_request",
    "Webhook": ".webhook",
    "WebhookDelivery": ".webhook_delivery",
    "WebhookDeliveryItem": ".webhook_delivery_item",
    "CreateReviewRequest": ".create_review_request",
    "CreateReviewMedia": ".create_review_media",
    "CreateReviewMediaLists": ".create_review_media_lists",
    "CreateReviewReply": ".create_review_reply",
    "DeleteReviewRequest": ".delete_review_request",
    "CreatedReview": ".created_review",
    "Review": ".review",
    "ReviewMedia": ".review_media",
    "ReviewMediaLists": ".review_media_lists",
    "ReviewReply": ".review_reply",
    "ReviewPage": ".review_page",
    "Rating": ".rating",
    "ImageUploadCredentials": ".image_upload_credentials",
    "VideoUpload": ".video_upload",
    "Order": ".order",
    "OrderPage": ".order_page",
    "CustomerEvent": ".customer_event",
    "CustomerEventPage": ".customer_event_page",
    "UnsubscribeRequest": ".unsubscribe_request",
    "ExcludeCustomerRequest": ".exclude_customer_request",
    "IncludeCustomerRequest": ".include_customer_request",
    "CustomerExclusion": ".customer_exclusion",
    "CustomerExclusionPage": ".customer_exclusion_page",
    "PublicToken": ".public_token",
    "PrivateToken": ".private_token",
}
__all__ = (  # noqa: F822  # provided by __getattr__
    "AuthorizationCode",
    "AuthorizeUrl",
    "CreatedReview",
    "CreateReviewMedia",
    "CreateReviewMediaLists",
    "CreateReviewReply",
    "CreateReviewRequest",
    "CustomerEvent",
    "CustomerEventPage",
    "CustomerExclusion",
    "CustomerExclusionPage",
    "DeleteReviewRequest",
    "EmptyResponse",
    "ExcludeCustomerRequest",
    "ImageUploadCredentials",
    "IncludeCustomerRequest",
    "OAuthToken",
    "OAuthTokenRequest",
    "Order",
    "OrderPage",
    "Pagination",
    "PrivateToken",
    "PublicToken",
    "Rating",
    "Review",
    "ReviewMedia",
    "ReviewMediaLists",
    "ReviewPage",
    "ReviewReply",
    "RevokeTokenRequest",
    "ShopAuthorization",
    "ShopInstallation",
    "UnsubscribeRequest",
    "VideoUpload",
    "Webhook",
    "WebhookCreateRequest",
    "WebhookDeleteRequest",
    "WebhookDelivery",
    "WebhookDeliveryItem",
    "WebhookUpdateRequest",
)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __package__), name)


def __dir__() -> list[str]:
    return sorted(_MODULES)
