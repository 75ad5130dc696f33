"""Print a product's reviews, upload a photo, and create a review. Run it in the checkout:

TRUSTOO_PUBLIC_TOKEN=... TRUSTOO_PRIVATE_TOKEN=... python examples/ten_lines.py
"""

from trustoo import Trustoo
from trustoo.upload import StorageRules

STORAGE = StorageRules(hosts=("img.trustoo.io",))
with Trustoo(storage_rules=STORAGE) as shop:
    for review in shop.reviews.iterate(product_ids=["8100000000019"]):
        print(review.rating, review.content)
    photo = shop.media.upload_image("examples/kettle.jpg")
    shop.reviews.create(product_id="gid://shopify/Product/8100000000019", rating=5, author="Zoë", media=[photo])
