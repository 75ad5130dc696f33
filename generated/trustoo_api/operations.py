"""What `openapi.yaml` states about each operation, and what this package was generated with."""

from .operation import Operation

SPEC_SHA256 = "827d96d515fdbba914a6c199b8c0014a076c6609fac3c7ee806255d4c10ce0cc"
SPEC_VERSION = "2026-06-24"
GENERATED_WITH = {"openapi-python-client": "0.29.1", "ruff": "0.17.6"}

BASE_URL = "https://rapi.trustoo.io"
HEADERS = {"publicToken": "Public-Token", "sign": "Sign", "timestamp": "Timestamp"}
"""Header names of the HMAC credentials by security scheme."""
CODES = {
    0: "Done.",
    1: "The operation was cancelled.",
    3: "The caller sent something invalid.",
    4: "Time ran out before the operation was finished.",
    5: "The requested object does not exist.",
    6: "The object to create exists already.",
    8: "The operation was rejected because of a quota or because of its state. The documentation does not state which.",
    13: "Something broke on the server.",
    16: "The credentials are missing or not valid.",
}
"""Known values of the envelope's `code` and what they mean."""
SECRETS = frozenset(
    [
        "access_token",
        "callback",
        "client_secret",
        "code",
        "policy",
        "private_token",
        "redirect_url",
        "refresh_token",
        "signature",
        "token",
    ]
)
"""Wire names whose values are secret, in any place."""

OAUTH_AUTHORIZE = Operation(
    id="oauth.authorize",
    method="GET",
    path="/api/v1/openapi/oauth/authorize",
    credentials=("merchant_session",),
    scopes=(),
    evidence="documented",
    sources=("authorize",),
    redirect_to="redirect_url",
    title="OAuth2 Merchant Authorization",
)
OAUTH_AUTHORIZE_URL = Operation(
    id="oauth.authorize_url",
    method="GET",
    path="/api/v1/openapi/get_oauth_authorize_url",
    credentials=(),
    scopes=(),
    evidence="documented",
    sources=("authorize-url-2026-05", "authorize-url-2026-06"),
    redirect_to=None,
    title="Get OAuth2 Authorization URL",
)
OAUTH_TOKEN = Operation(
    id="oauth.token",
    method="POST",
    path="/api/v1/openapi/oauth/token",
    credentials=(),
    scopes=(),
    evidence="documented",
    sources=("token",),
    redirect_to=None,
    title="OAuth2 Get / Refresh Access Token",
)
OAUTH_REVOKE = Operation(
    id="oauth.revoke",
    method="POST",
    path="/api/v1/openapi/oauth_revoke_token",
    credentials=(),
    scopes=(),
    evidence="documented",
    sources=("revoke-2026-06",),
    redirect_to=None,
    title="Revoke Token",
)
PLATFORM_DISCONNECT = Operation(
    id="platform.disconnect",
    method="POST",
    path="/api/v1/openapi/oauth/disconnect",
    credentials=("bearer",),
    scopes=(),
    evidence="documented",
    sources=("disconnect",),
    redirect_to=None,
    title="Disconnect Platform Authorization",
)
PLATFORM_AUTHORIZATION_INFO = Operation(
    id="platform.authorization_info",
    method="GET",
    path="/api/v1/openapi/get_shop_authorization_info",
    credentials=(),
    scopes=(),
    evidence="documented",
    sources=("authorization-info",),
    redirect_to=None,
    title="Get Shop Authorization Info",
)
PLATFORM_INSTALLATION_STATUS = Operation(
    id="platform.installation_status",
    method="GET",
    path="/api/v1/openapi/get_shop_install_status",
    credentials=(),
    scopes=(),
    evidence="documented",
    sources=("installation-status",),
    redirect_to=None,
    title="Get Shop Installation Status",
)
PLATFORM_CANCEL = Operation(
    id="platform.cancel",
    method="POST",
    path="/api/v1/openapi/cancel_platform_authorization",
    credentials=("bearer",),
    scopes=(),
    evidence="inferred",
    sources=("navigation",),
    redirect_to=None,
    title="Cancel Platform Authorization",
)
WEBHOOKS_CREATE = Operation(
    id="webhooks.create",
    method="POST",
    path="/api/v1/openapi/create_shop_webhook",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="documented",
    sources=("webhook-create", "webhook-create-2025"),
    redirect_to=None,
    title="Create Shop Webhook",
)
WEBHOOKS_UPDATE = Operation(
    id="webhooks.update",
    method="POST",
    path="/api/v1/openapi/update_shop_webhook",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="inferred",
    sources=("webhook-update-2023", "navigation", "clients"),
    redirect_to=None,
    title="Update Shop Webhook",
)
WEBHOOKS_DELETE = Operation(
    id="webhooks.delete",
    method="POST",
    path="/api/v1/openapi/delete_shop_webhook",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="field",
    sources=("clients", "navigation"),
    redirect_to=None,
    title="Delete Shop Webhook",
)
WEBHOOKS_LIST = Operation(
    id="webhooks.list",
    method="GET",
    path="/api/v1/openapi/get_shop_webhooks",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="field",
    sources=("clients", "navigation"),
    redirect_to=None,
    title="Get Shop Webhooks",
)
REVIEWS_GET = Operation(
    id="reviews.get",
    method="GET",
    path="/api/v1/openapi/get_review",
    credentials=("hmac", "bearer"),
    scopes=("read_reviews",),
    evidence="documented",
    sources=("review-detail",),
    redirect_to=None,
    title="Get Review Detail",
)
REVIEWS_LIST = Operation(
    id="reviews.list",
    method="GET",
    path="/api/v1/openapi/get_reviews",
    credentials=("hmac", "bearer"),
    scopes=("read_reviews",),
    evidence="documented",
    sources=("review-list",),
    redirect_to=None,
    title="Get Review List",
)
REVIEWS_CREATE = Operation(
    id="reviews.create",
    method="POST",
    path="/api/v1/openapi/create_review",
    credentials=("hmac", "bearer"),
    scopes=("write_reviews",),
    evidence="documented",
    sources=("review-create",),
    redirect_to=None,
    title="Create Review",
)
REVIEWS_DELETE = Operation(
    id="reviews.delete",
    method="POST",
    path="/api/v1/openapi/delete_review",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="field",
    sources=("clients", "navigation"),
    redirect_to=None,
    title="Delete Review",
)
REVIEWS_RATING = Operation(
    id="reviews.rating",
    method="GET",
    path="/api/v1/openapi/get_rating",
    credentials=("hmac", "bearer"),
    scopes=("read_reviews",),
    evidence="documented",
    sources=("rating",),
    redirect_to=None,
    title="Get Rating",
)
MEDIA_VIDEO_UPLOAD_URL = Operation(
    id="media.video_upload_url",
    method="GET",
    path="/api/v1/openapi/get_video_upload_url",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="inferred",
    sources=("navigation",),
    redirect_to=None,
    title="Get Video Upload URL",
)
MEDIA_IMAGE_UPLOAD_CREDENTIALS = Operation(
    id="media.image_upload_credentials",
    method="GET",
    path="/api/v1/openapi/get_image_upload_policy_token",
    credentials=("hmac", "bearer"),
    scopes=("write_reviews",),
    evidence="documented",
    sources=("image-credentials",),
    redirect_to=None,
    title="Get Image Upload Credentials",
)
ORDERS_LIST = Operation(
    id="orders.list",
    method="GET",
    path="/api/v1/openapi/get_orders",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="documented",
    sources=("orders-2025",),
    redirect_to=None,
    title="Get Order List",
)
CUSTOMER_EVENTS_LIST = Operation(
    id="customer_events.list",
    method="GET",
    path="/api/v1/openapi/get_customer_events",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="documented",
    sources=("customer-events-2025",),
    redirect_to=None,
    title="Get Customer Event List",
)
CUSTOMERS_UNSUBSCRIBE = Operation(
    id="customers.unsubscribe",
    method="POST",
    path="/api/v1/openapi/email_unsubscribe",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="documented",
    sources=("unsubscribe-2025",),
    redirect_to=None,
    title="Email Unsubscribe",
)
CUSTOMERS_EXCLUDE = Operation(
    id="customers.exclude",
    method="POST",
    path="/api/v1/openapi/create_customer_exclude",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="documented",
    sources=("exclusion-create-2025",),
    redirect_to=None,
    title="Create Customer Exclusion",
)
CUSTOMERS_INCLUDE = Operation(
    id="customers.include",
    method="POST",
    path="/api/v1/openapi/delete_customer_exclude",
    credentials=("hmac", "bearer"),
    scopes=("write_customers",),
    evidence="documented",
    sources=("exclusion-delete",),
    redirect_to=None,
    title="Delete Customer Exclusion",
)
CUSTOMERS_EXCLUSIONS = Operation(
    id="customers.exclusions",
    method="GET",
    path="/api/v1/openapi/get_customer_exclude_list",
    credentials=("hmac", "bearer"),
    scopes=(),
    evidence="inferred",
    sources=("navigation",),
    redirect_to=None,
    title="Get Customer Exclusion List",
)
TOKENS_PUBLIC = Operation(
    id="tokens.public",
    method="GET",
    path="/api/v1/openapi/get_open_api_information",
    credentials=("merchant_session",),
    scopes=(),
    evidence="documented",
    sources=("quick-start",),
    redirect_to=None,
)
TOKENS_PRIVATE = Operation(
    id="tokens.private",
    method="GET",
    path="/api/v1/openapi/get_open_api_private_token",
    credentials=("merchant_session",),
    scopes=(),
    evidence="documented",
    sources=("quick-start",),
    redirect_to=None,
)

OPERATIONS = {
    operation.id: operation
    for operation in (
        OAUTH_AUTHORIZE,
        OAUTH_AUTHORIZE_URL,
        OAUTH_TOKEN,
        OAUTH_REVOKE,
        PLATFORM_DISCONNECT,
        PLATFORM_AUTHORIZATION_INFO,
        PLATFORM_INSTALLATION_STATUS,
        PLATFORM_CANCEL,
        WEBHOOKS_CREATE,
        WEBHOOKS_UPDATE,
        WEBHOOKS_DELETE,
        WEBHOOKS_LIST,
        REVIEWS_GET,
        REVIEWS_LIST,
        REVIEWS_CREATE,
        REVIEWS_DELETE,
        REVIEWS_RATING,
        MEDIA_VIDEO_UPLOAD_URL,
        MEDIA_IMAGE_UPLOAD_CREDENTIALS,
        ORDERS_LIST,
        CUSTOMER_EVENTS_LIST,
        CUSTOMERS_UNSUBSCRIBE,
        CUSTOMERS_EXCLUDE,
        CUSTOMERS_INCLUDE,
        CUSTOMERS_EXCLUSIONS,
        TOKENS_PUBLIC,
        TOKENS_PRIVATE,
    )
}
