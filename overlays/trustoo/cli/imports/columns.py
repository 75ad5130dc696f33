"""Names that the exports of review apps and spreadsheets have for what a review consists of.

The importer knows only the names of the API. These names tell it that a column holds a part of a review under another
name, so that the part is not left out.
"""

from __future__ import annotations

__all__ = ["advice", "member_of"]

PHOTOS = "photos"
PRODUCT = "product_id"

OTHER_NAMES = {
    "rating": "rating reviewrating reviewscore score stars starrating",
    "author": "author authorname customername displayname fullname name nickname reviewer reviewername username",
    "title": "title headline reviewheading reviewtitle",
    "content": "content body comment feedback message review reviewbody reviewcontent reviewtext text",
    "commented_at": "commentedat createdat date datecreated datepublished reviewcreatedat reviewdate submittedat",
    PRODUCT: "productid handle producthandle productlink productsku producturl shopifyproductid",
    PHOTOS: "photos image images imageurl imageurls img photo photourl photourls picture pictures pictureurls",
}
"""The members of a new review, with the names of columns that hold them: lower case, only letters and digits."""
MEMBERS = {name: member for member, names in OTHER_NAMES.items() for name in names.split()}


def member_of(column: str, photos: str = PHOTOS) -> str | None:
    """The member of a new review that a column of this name holds, or None. Case and separators do not count.

    `photos`: the name of the column with the photos.
    """
    member = MEMBERS.get("".join(filter(str.isalnum, column.casefold())))
    return photos if member == PHOTOS else member


def advice(member: str) -> str:
    """What to do with a column that may hold this member under another name."""
    number = ", with the product's number" if member == PRODUCT else ""
    return f"if it is the review's {member}, name the column {member}{number}"
