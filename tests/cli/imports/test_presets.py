"""Exports of other review apps are imported as they are: every part of each review arrives in the shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from trustoo import Trustoo
from trustoo.cli.fake import serving, variables
from trustoo.cli.imports.mapping import load, preset_names, recognised
from trustoo.testing import FakeTrustoo

from contract_tests.support.pictures import PNG
from tests.cli.conftest import Machine
from tests.cli.imports.files import Cell, workbook
from tests.support import Heard, local_server

FILLED = {"source": "CSV uploaded", "is_verified": 0, "is_featured": 0, "is_top": 0, "is_published": 1}
"""What exports of other apps have no value for, and the API required in 2025."""
HANDLES = {"red-kettle": "8100000000019", "blue-cup": "8100000000020"}


@pytest.fixture
def shop(machine: Machine) -> Iterator[Machine]:
    """The machine with a shop that remembers its reviews."""
    service = FakeTrustoo(state="empty")
    service.add_platform()
    with serving(service) as address:
        made = replace(machine, service=service, environment={**machine.environment, **variables(service, address)})
        made.write("products.json", [{"handle": handle, "id": number} for handle, number in HANDLES.items()])
        yield made


@pytest.fixture
def cdn() -> Iterator[tuple[str, list[Heard]]]:
    """The other app's server of photos."""
    with local_server(PNG, headers={"Content-Type": "image/png"}) as (address, heard):
        yield address, heard


def bodies(shop: Machine) -> list[dict[str, Any]]:
    """What was sent for each review, without its photos."""
    sent = [received.json for received in shop.service.received if received.operation == "reviews.create"]
    return [{name: value for name, value in body.items() if name != "media"} for body in sent]


def photos(shop: Machine) -> list[int]:
    """The number of photos of each review."""
    sent = [received.json for received in shop.service.received if received.operation == "reviews.create"]
    return [len(body.get("media", [])) for body in sent]


def listed(shop: Machine) -> dict[str, Any]:
    """The reviews that the shop has afterwards, by their authors."""
    with shop.service.client() as client:
        assert isinstance(client, Trustoo)
        return {str(review.author): review for review in client.reviews.iterate()}


def imported(shop: Machine, *options: object) -> Any:
    done = shop.run("reviews", "import", "reviews.csv", *options, "--json")
    assert done.code == 0, done
    return done.json


JUDGEME = (
    "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle,reply,"
    "reply_date,picture_urls,ip_address,location"
)


def test_judgeme(shop: Machine, cdn: tuple[str, list[Heard]]) -> None:
    """Two products, a shop review, a review that is not curated yet, spam, a reply, and two photos in one cell."""
    address, heard = cdn
    lines = [
        JUDGEME,
        'Great kettle,"Boils fast,\nno drips",5,2026-08-01 10:00:00 UTC,web,ok,Zoë Example,zoe@example.com,'
        "8100000000019,red-kettle,Thank you!,2026-08-02 09:30:00 UTC,"
        f'"{address}/a.png,{address}/b.png",192.0.2.1,Austin TX',
        ",No title here,4,14/05/2026,email,ok,Ada Example,,8100000000020,blue-cup,,,,,",
        "Shop,Fast delivery,5,02/05/2026,web,ok,Bob Example,,,,,,,,",
        "Bad,Never arrived,1,03/05/2026,web,not-yet,Eve Example,,8100000000019,red-kettle,,,,,",
        "Buy,Cheap watches,5,04/05/2026,web,spam,Bot Example,,8100000000019,red-kettle,,,,,",
    ]
    shop.write("reviews.csv", "\r\n".join(lines))
    done = shop.run("reviews", "import", "reviews.csv")
    assert (done.code, done.out) == (0, "4 rows: 4 created. Results: reviews.csv.results.jsonl\n")
    assert "Judge.me: title as title, body as content, rating as rating" in done.err
    assert "Left out because the file says spam, rejected or deleted: 1 review." in done.err
    assert "About the shop, because the file names no product: 1 review." in done.err
    assert bodies(shop) == [
        FILLED
        | {
            "title": "Great kettle",
            "content": "Boils fast,\nno drips",
            "rating": 5,
            "commented_at": "2026-08-01 10:00:00",
            "author": "Zoë Example",
            "author_email": "zoe@example.com",
            "product_id": "8100000000019",
            "reply": {"content": "Thank you!", "reply_at": "2026-08-02 09:30:00"},
        },
        FILLED
        | {
            "content": "No title here",
            "rating": 4,
            "commented_at": "2026-05-14 00:00:00",
            "author": "Ada Example",
            "product_id": "8100000000020",
        },
        FILLED
        | {
            "title": "Shop",
            "content": "Fast delivery",
            "rating": 5,
            "commented_at": "2026-05-02 00:00:00",
            "author": "Bob Example",
            "product_id": "0",
        },
        FILLED
        | {
            "title": "Bad",
            "content": "Never arrived",
            "rating": 1,
            "commented_at": "2026-05-03 00:00:00",
            "author": "Eve Example",
            "product_id": "8100000000019",
            "is_published": 0,
        },
    ]
    assert photos(shop) == [2, 0, 0, 0]
    assert {request.path for request in heard} == {"/a.png", "/b.png"}
    assert {upload.content for upload in shop.service.storage.uploads} == {PNG}
    found = listed(shop)
    assert set(found) == {"Zoë Example", "Ada Example", "Bob Example", "Eve Example"}
    assert (found["Zoë Example"].rating, found["Zoë Example"].content) == (5, "Boils fast,\nno drips")


def test_an_export_that_excel_saved_as_a_workbook(shop: Machine) -> None:
    """Excel makes numbers of ids and ratings, and dates of dates."""
    when = datetime(2026, 8, 1, 10)
    cells: list[list[Cell]] = [
        [*JUDGEME.split(",")],
        ["2,5", "Text", 5, when, "web", "ok", "Zoë", None, 8100000000019, "red-kettle", "Hi", when, None, None, None],
    ]
    shop.write("reviews.xlsx", workbook({"Reviews": cells}))
    done = shop.run("reviews", "import", "reviews.xlsx", "--timezone", "Europe/Paris")
    assert done.code == 0, done
    assert bodies(shop) == [
        FILLED
        | {
            "title": "2,5",
            "content": "Text",
            "rating": 5,
            "commented_at": "2026-08-01 08:00:00",
            "author": "Zoë",
            "product_id": "8100000000019",
            "reply": {"content": "Hi", "reply_at": "2026-08-01 08:00:00"},
        }
    ]


def test_shopify_product_reviews(shop: Machine) -> None:
    """Handles become ids, replies keep their date, and an unpublished review stays unpublished."""
    lines = [
        "product_handle,state,rating,title,author,email,location,body,reply,created_at,replied_at",
        "red-kettle,published,5,Great,Zoë Example,zoe@example.com,Austin,Boils fast,Thanks,2026-08-01 10:00:00 UTC,"
        "2026-08-02 10:00:00 UTC",
        "Blue-Cup,unpublished,1,Bad,Anon Example,anon@example.com,,Never arrived,,2018-05-10 10:00:00 -0400,",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    assert imported(shop, "--products", "products.json")["created"] == 2
    assert bodies(shop) == [
        FILLED
        | {
            "product_id": "8100000000019",
            "rating": 5,
            "title": "Great",
            "author": "Zoë Example",
            "author_email": "zoe@example.com",
            "content": "Boils fast",
            "commented_at": "2026-08-01 10:00:00",
            "reply": {"content": "Thanks", "reply_at": "2026-08-02 10:00:00"},
        },
        FILLED
        | {
            "product_id": "8100000000020",
            "rating": 1,
            "title": "Bad",
            "author": "Anon Example",
            "author_email": "anon@example.com",
            "content": "Never arrived",
            "commented_at": "2018-05-10 14:00:00",
            "is_published": 0,
        },
    ]


def test_loox(shop: Machine, cdn: tuple[str, list[Heard]]) -> None:
    """The nickname is shown, a hidden review stays unpublished, and the variant and the purchase are kept."""
    lines = [
        "id,status,rating,email,nickname,full_name,review,date,productId,handle,img,variant,verified_purchase",
        "1,Active,5,a@example.com,Julie,Julie Example,Parfait,2024-11-05T08:00:00.000Z,8123,robe-ete,"
        f"{cdn[0]}/x.png,M,true",
        "2,Hidden,4,b@example.com,,Paul Example,Caché,2024-11-05,8123,robe-ete,,M,false",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    assert imported(shop)["created"] == 2
    assert bodies(shop) == [
        FILLED
        | {
            "rating": 5,
            "author_email": "a@example.com",
            "author": "Julie",
            "content": "Parfait",
            "commented_at": "2024-11-05 08:00:00",
            "product_id": "8123",
            "item_type": "M",
            "is_verified": 1,
        },
        FILLED
        | {
            "rating": 4,
            "author_email": "b@example.com",
            "author": "Paul Example",
            "content": "Caché",
            "commented_at": "2024-11-05 00:00:00",
            "product_id": "8123",
            "item_type": "M",
            "is_published": 0,
        },
    ]
    assert photos(shop) == [1, 0]


def test_the_template_of_loox(shop: Machine) -> None:
    lines = [
        "product_handle,product_Id,rating,author,email,body,created_at,photo_url,reply,replied_at,verified_purchase,"
        "incentivized",
        "red-kettle,,5,Julie,a@example.com,Parfait,2024-11-05,,Merci,2024-11-06,true,false",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    assert imported(shop, "--products", "products.json")["created"] == 1
    assert bodies(shop) == [
        FILLED
        | {
            "rating": 5,
            "author_email": "a@example.com",
            "author": "Julie",
            "content": "Parfait",
            "commented_at": "2024-11-05 00:00:00",
            "product_id": "8100000000019",
            "is_verified": 1,
            "reply": {"content": "Merci", "reply_at": "2024-11-06 00:00:00"},
        }
    ]


OKENDO = (
    "name,body,handle,productId,rating,sku,dateCreated,countryCode,email,imageUrls,isApproved,isIncentivized,"
    "isRecommended,rejectedImageUrls,reply,replyDateCreated,replyIsPublic,title,videoUrls,isVerifiedBuyer,variantId,status"
)


def test_okendo(shop: Machine, cdn: tuple[str, list[Heard]]) -> None:
    """Rejected reviews and photos stay away, a private reply too, and an approval needs both of its columns."""
    url, heard = cdn[0], cdn[1]
    lines = [
        OKENDO,
        "Zoë Example,Nice,red-kettle,8100000000019,5,K-1,2026-08-01T10:00:00Z,us,zoe@example.com,"
        f'"{url}/a.png,{url}/b.png",'
        f"TRUE,FALSE,TRUE,{url}/rejected.png,Thanks,2026-08-02T10:00:00Z,TRUE,Great,,TRUE,,approved",
        "Ada Example,Hm,red-kettle,shopify-8100000000019,3,,2026-08-01T10:00:00Z,,,,FALSE,,,,Internal note,"
        "2026-08-02T10:00:00Z,FALSE,,,FALSE,,approved",
        "Bob Example,Later,red-kettle,8100000000019,4,,2026-08-01T10:00:00Z,,,,,,,,,,,,,,,pending",
        "Bot Example,Spam,red-kettle,8100000000019,1,,2026-08-01T10:00:00Z,,,,FALSE,,,,,,,,,,,rejected",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    done = shop.run("reviews", "import", "reviews.csv")
    assert done.code == 0, done
    assert "Without the reply, because it is not public: 1 review." in done.err
    common = {"product_id": "8100000000019", "commented_at": "2026-08-01 10:00:00"}
    assert bodies(shop) == [
        FILLED
        | common
        | {
            "author": "Zoë Example",
            "content": "Nice",
            "rating": 5,
            "author_country": "US",
            "author_email": "zoe@example.com",
            "is_verified": 1,
            "reply": {"content": "Thanks", "reply_at": "2026-08-02 10:00:00"},
            "title": "Great",
        },
        FILLED | common | {"author": "Ada Example", "content": "Hm", "rating": 3, "is_published": 0},
        FILLED | common | {"author": "Bob Example", "content": "Later", "rating": 4, "is_published": 0},
    ]
    assert (photos(shop), {request.path for request in heard}) == ([2, 0, 0], {"/a.png", "/b.png"})


def test_yotpo(shop: Machine) -> None:
    """Semicolons of a French Excel, the handle in the product's address, and a review of the shop."""
    lines = [
        "Review Title;Review Content;Review Score;Date;Product ID;Product Title;Product URL;Display Name;Email;"
        "Verified Purchase",
        'Super;"Je recommande ; vraiment ""top""";5;15/03/2025;;Théière;'
        "https://shop.example/collections/all/products/red-kettle?variant=1;Ana Example;a@example.com;Yes",
        "Bien;Correct;4;02/03/2025;999;Sac;https://shop.example/products/sac;Bea Example;;No",
        "Boutique;Livraison rapide;5;03/03/2025;;;;Cid Example;;No",
    ]
    shop.write("reviews.csv", b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert imported(shop, "--products", "products.json")["created"] == 3
    assert bodies(shop) == [
        FILLED
        | {
            "title": "Super",
            "content": 'Je recommande ; vraiment "top"',
            "rating": 5,
            "commented_at": "2025-03-15 00:00:00",
            "product_id": "8100000000019",
            "author": "Ana Example",
            "author_email": "a@example.com",
            "is_verified": 1,
        },
        FILLED
        | {
            "title": "Bien",
            "content": "Correct",
            "rating": 4,
            "commented_at": "2025-03-02 00:00:00",
            "product_id": "999",
            "author": "Bea Example",
        },
        FILLED
        | {
            "title": "Boutique",
            "content": "Livraison rapide",
            "rating": 5,
            "commented_at": "2025-03-03 00:00:00",
            "product_id": "0",
            "author": "Cid Example",
        },
    ]


def test_yotpo_with_comments_and_publication(shop: Machine, cdn: tuple[str, list[Heard]]) -> None:
    header = (
        "id,published,review_title,review_content,review_score,date,product_id,display_name,email,comment_content,"
        "comment_public,comment_created_at,published_image_url,unpublished_image_url"
    )
    lines = [
        header,
        "1,true,Top,Great,5,2025-03-15 08:00:00 UTC,999,Ana Example,,Thanks,1,2025-03-16 08:00:00 UTC,"
        f"{cdn[0]}/a.png,{cdn[0]}/private.png",
        "2,false,,Poor,1,2025-03-15 08:00:00 UTC,999,Bea Example,,For us,0,2025-03-16 08:00:00 UTC,,",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    assert imported(shop)["created"] == 2
    first, second = bodies(shop)
    assert first["reply"] == {"content": "Thanks", "reply_at": "2025-03-16 08:00:00"}
    assert (first["is_published"], second["is_published"], "reply" in second) == (1, 0, False)
    assert {request.path for request in cdn[1]} == {"/a.png"}


def test_the_newer_exports_of_yotpo(shop: Machine) -> None:
    """Products and the shop have files of their own. The file of the shop has no product."""
    header = (
        "Review Status,Review Creation Date,Review Title,Review Content,Review Score,Reviewer Display Name,"
        "Sentiment Score"
    )
    rows = [
        "Published,2026-03-15,Top,Great,5,Ana Example,0.9,{}",
        "Pending,2026-03-15,,Poor,1,Bea Example,0.1,{}",
        "Rejected,2026-03-15,,Spam,1,Bot Example,0.1,{}",
    ]
    shop.write("reviews.csv", "\n".join([f"{header},Product ID", *(row.format("yotpo_site_reviews") for row in rows)]))
    assert imported(shop)["created"] == 2
    shop.write("reviews.csv", "\n".join([f"{header},Mood", *(row.format("") for row in rows)]))
    assert shop.run("reviews", "import", "reviews.csv", "--check").code == 2
    assert imported(shop, "--set", "product_id=0", "--results", "again.jsonl")["created"] == 2
    assert [(body["product_id"], body["is_published"], body["author"]) for body in bodies(shop)] == [
        ("0", 1, "Ana Example"),
        ("0", 0, "Bea Example"),
    ] * 2


# Recognition


@pytest.mark.parametrize(
    ("header", "app"),
    [
        (JUDGEME, "judgeme"),
        (JUDGEME.replace(",reply_date", ""), "judgeme"),
        (JUDGEME + ",metaobject_handle", "judgeme"),
        ("\ufeffTitle,Body,Rating,Review Date,Source,Curated,Reviewer Name,Reviewer Email,Product ID", "judgeme"),
        (OKENDO, "okendo"),
        ("review_title,review_content,review_score,date,product_id,display_name,email", "yotpo"),
    ],
)
def test_an_export_is_recognised_in_any_spelling_of_its_columns(header: str, app: str) -> None:
    assert recognised(header.split(",")).app == load(app).app


def test_files_with_the_names_of_the_api_are_of_no_app(machine: Machine) -> None:
    assert recognised(["rating", "author", "title", "content", "commented_at", "product_id"]).app == ""
    assert recognised(["id", "rating", "author", "content", "created_at", "product_id", "media"]).app == ""


def test_no_preset_is_mistaken_for_another() -> None:
    for name in preset_names():
        for header in load(name).recognised_by:
            assert recognised(header).app == load(name).app
        assert recognised(load(name).columns).app == load(name).app, name


def test_a_file_that_two_apps_could_have_written_asks_for_from(machine: Machine) -> None:
    header = "Review Content,Review Score,name,body,rating,dateCreated,productId"
    machine.write("in.csv", f"{header}\nText,5,Zoë,Text,5,2026-08-01,1\n")
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert done.code == 2
    assert "The file can be an export of Okendo or Yotpo; use --from okendo or --from yotpo." in done.err
    assert machine.run("reviews", "import", "in.csv", "--check", "--from", "okendo").code == 0


def test_from_names_the_app_of_a_file_that_is_not_recognised(machine: Machine) -> None:
    machine.write("in.csv", "reviewer_name,body,rating,product_id\nZoë,Text,5,1\n")
    assert machine.run("reviews", "import", "in.csv", "--check").code == 2
    assert machine.run("reviews", "import", "in.csv", "--from", "judgeme").code == 0
    assert bodies(machine) == [FILLED | {"author": "Zoë", "content": "Text", "rating": 5, "product_id": "1"}]
    done = machine.run("reviews", "import", "in.csv", "--from", "judgme")
    assert (done.code, "judgeme, loox, okendo, spr, yotpo, auto" in done.err) == (2, True)


# What is refused, and what is told


def test_a_word_of_publication_that_nobody_knows_is_a_problem(shop: Machine) -> None:
    shop.write("reviews.csv", f"{JUDGEME}\n,Text,5,2026-08-01,web,maybe,Zoë,,1,,,,,,\n")
    done = shop.run("reviews", "import", "reviews.csv")
    assert done.code == 2
    assert "line 2: curated: does not tell whether the review is published" in done.out
    assert bodies(shop) == []


def test_a_review_without_a_word_of_publication_stays_unpublished(shop: Machine) -> None:
    shop.write(
        "reviews.csv", f"{JUDGEME}\n,Text,5,2026-08-01,web,,Zoë,,1,,,,,,\n,Text,5,2026-08-01,web,ok,A,,1,,,,,,\n"
    )
    imported(shop)
    assert [body["is_published"] for body in bodies(shop)] == [0, 1]


def test_handles_without_ids_are_told_once_with_the_remedy(shop: Machine) -> None:
    lines = ["product_handle,state,rating,title,author,email,location,body,reply,created_at,replied_at"]
    lines += [f"red-kettle,published,5,T,Zoë {n},,,Body,,2026-08-01," for n in range(300)]
    lines += ["gone,published,5,T,Ada,,,Body,,2026-08-01,"]
    shop.write("reviews.csv", "\n".join(lines))
    done = shop.run("reviews", "import", "reviews.csv")
    assert (done.code, bodies(shop), len(done.out.splitlines())) == (2, [], 1)
    assert "301 rows name the product by a handle without an id; get the ids with `trustoo products pull" in done.out
    done = shop.run("reviews", "import", "reviews.csv", "--products", "products.json")
    assert (done.code, bodies(shop), len(done.out.splitlines())) == (2, [], 1)
    assert "the file of --products does not have them" in done.out
    assert "(gone)" in done.out
    options = ["--products", "products.json", "--skip-missing-products"]
    done = shop.run("reviews", "import", "reviews.csv", *options, "--check")
    assert (done.code, done.out.splitlines()[-1]) == (0, "300 rows, no problems. Nothing was sent.")
    assert "Left out because the file of --products does not have the product: 1 review." in done.err
    assert shop.run("reviews", "import", "reviews.csv", "--skip-missing-products").code == 2


def test_a_row_without_a_product_is_a_problem_where_it_is_not_about_the_shop(shop: Machine) -> None:
    header = "id,status,rating,email,nickname,full_name,review,date,productId,handle,img,variant,verified_purchase"
    shop.write("reviews.csv", f"{header}\n1,Active,5,,Julie,,Parfait,2024-11-05,,,,,true\n")
    done = shop.run("reviews", "import", "reviews.csv")
    assert (done.code, "line 2: product_handle: the row has no product" in done.out) == (2, True)


@pytest.mark.parametrize("app", ["judgeme", "yotpo", "okendo"])
def test_a_file_without_any_product_column_is_not_taken_for_reviews_of_the_shop(machine: Machine, app: str) -> None:
    header = load(app).recognised_by[0]
    cells = ["5" if load(app).member_of(name) == "rating" else "2026-08-01" for name in header]
    machine.write("in.csv", f"{','.join(header)},author\n{','.join(cells)},Zoë\n")
    done = machine.run("reviews", "import", "in.csv")
    assert (done.code, "no column has the product of the reviews" in done.out) == (2, True)
    assert "--set product_id=0 if all are about the shop" in done.out


def test_limits_are_checked_before_anything_is_sent(shop: Machine) -> None:
    urls = ",".join(f"https://cdn.example.com/{n}.jpg" for n in range(11))
    lines = [
        JUDGEME,
        f"{'t' * 301},Text,5,2026-08-01,web,ok,Zoë,,1,,,,,,",
        f",{'x' * 10001},5,2026-08-01,web,ok,Zoë,,1,,,,,,",
        f",Text,5,2026-08-01,web,ok,{'n' * 121},,1,,,,,,",
        f',Text,5,2026-08-01,web,ok,Zoë,,1,,,,"{urls}",,',
        ",Text,6,2026-08-01,web,ok,Zoë,,1,,,,,,",
    ]
    shop.write("reviews.csv", "\n".join(lines))
    done = shop.run("reviews", "import", "reviews.csv", "--json")
    assert (done.code, bodies(shop)) == (2, [])
    assert {(problem["line"], problem["column"]) for problem in done.json["problems"]} == {
        (2, "title"),
        (3, "body"),
        (4, "reviewer_name"),
        (5, "picture_urls"),
        (6, "rating"),
    }


def test_a_column_of_no_preset_is_left_out_and_told_unless_it_holds_a_part_of_the_review(shop: Machine) -> None:
    shop.write("reviews.csv", f"{JUDGEME},mood\n,Text,5,2026-08-01,web,ok,Zoë,,1,,,,,,,happy\n")
    done = shop.run("reviews", "import", "reviews.csv", "--check")
    assert (done.code, "mood (1 cell)" in done.err) == (0, True)
    shop.write("reviews.csv", f"{JUDGEME},headline\n,Text,5,2026-08-01,web,ok,Zoë,,1,,,,,,,Top\n")
    done = shop.run("reviews", "import", "reviews.csv", "--check")
    assert done.code == 2
    assert "headline: is left out, and 1 value would be lost; if it is the review's title" in done.out


def test_photos_can_be_linked_as_they_are_with_a_warning(shop: Machine, cdn: tuple[str, list[Heard]]) -> None:
    url = f"{cdn[0]}/a.png"
    shop.write("reviews.csv", f"{JUDGEME}\n,Text,5,2026-08-01,web,ok,Zoë,,1,,,,{url},,\n")
    done = shop.run("reviews", "import", "reviews.csv", "--link-photos")
    assert done.code == 0
    assert "Such links can end when you uninstall the app" in done.err
    (sent,) = [received.json for received in shop.service.received if received.operation == "reviews.create"]
    assert sent["media"] == [{"url": url, "thumbnail_url": url, "type": 1, "is_published": 1}]
    assert (cdn[1], shop.service.storage.uploads) == ([], [])


def test_an_import_that_is_run_again_creates_and_downloads_nothing_twice(
    shop: Machine, cdn: tuple[str, list[Heard]], tmp_path: Path
) -> None:
    shop.write("reviews.csv", f"{JUDGEME}\n,Text,5,2026-08-01,web,ok,Zoë,,1,,,,{cdn[0]}/a.png,,\n")
    imported(shop)
    assert imported(shop)["created"] == 1
    assert (len(bodies(shop)), len(cdn[1])) == (1, 1)


def test_a_photo_that_is_gone_fails_its_row_and_no_other(shop: Machine) -> None:
    with local_server(b"gone", 404) as (address, _):
        lines = [
            JUDGEME,
            f",Text,5,2026-08-01,web,ok,Zoë,,1,,,,{address}/a.png,,",
            ",Text,5,2026-08-01,web,ok,A,,1,,,,,,",
        ]
        shop.write("reviews.csv", "\n".join(lines))
        done = shop.run("reviews", "import", "reviews.csv", "--json")
    assert (done.code, done.json["failed"], done.json["created"]) == (1, 1, 1)
    assert "does not exist there any more" in (shop.folder / "reviews.csv.results.jsonl").read_text("utf-8")
