"""Handles become ids with any file that has both. What has no ids, or two for one handle, is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trustoo.cli.imports.products import Products, handle_of
from trustoo.errors import ConfigurationError

KETTLE, CUP = 8100000000019, 8100000000020
SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Variant SKU,Variant Price\nred-kettle,Kettle,,E,,,,K1,5\n"
)
SHOPIFY_NEW = (
    "Title,URL handle,Description,Vendor,Published on online store,Status,SKU\nKettle,red-kettle,,E,TRUE,Active,K1\n"
)


def read(folder: Path, name: str, content: object) -> Products:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return Products.read(file)


@pytest.mark.parametrize(
    "content",
    [
        f"handle,id,title\nred-kettle,{KETTLE},Red Kettle\ncup,{CUP},Cup\n",
        f"title,body,rating,product_id,product_handle\nA,B,5,{KETTLE},red-kettle\nA,B,4,{KETTLE},red-kettle\nA,B,5,{CUP},cup\n",
        f"id,rating,handle,productId\nreview-1,5,red-kettle,{KETTLE}\nreview-2,3,cup,{CUP}\n",
        f"Rating,Product ID,Product URL\n5,{KETTLE},https://kettles.example/products/red-kettle\n5,{CUP},https://kettles.example/products/cup\n",
        f"handle,productId\nred-kettle,shopify-{KETTLE}\ncup,shopify-{CUP}\n",
        f'ID,Handle,Command\n\'{KETTLE},red-kettle,MERGE\n,red-kettle,\n"=""{CUP}""",cup,MERGE\n',
        f"\ufeffhandle,shopify_product_id\r\nred-kettle,{KETTLE}.0\r\n\r\ncup,{CUP}\r\n,\r\n",
    ],
    ids=["ours", "reviews", "reviews with ids of their own", "addresses", "prefixes", "spreadsheet", "marks"],
)
def test_csv_with_handles_and_ids(tmp_path: Path, content: str) -> None:
    products = read(tmp_path, "products.csv", content)
    assert (products.id_of("red-kettle"), products.id_of("cup"), len(products)) == (str(KETTLE), str(CUP), 2)


@pytest.mark.parametrize(
    "content",
    [
        {"products": [
            {"id": KETTLE, "handle": "red-kettle", "variants": [{"id": 1, "title": "x"}], "image": {"id": 2}},
            {"id": CUP, "handle": "cup", "options": []},
        ]},
        {"product": {"id": KETTLE, "handle": "red-kettle"}, "more": {"id": CUP, "handle": "cup"}},
        {"data": {"products": {"edges": [
            {"node": {
                "id": f"gid://shopify/Product/{KETTLE}",
                "handle": "red-kettle",
                "collections": {"nodes": [{"id": "gid://shopify/Collection/77", "handle": "frontpage"}]},
            }},
            {"node": {"legacyResourceId": "1", "id": f"gid://shopify/Product/{CUP}", "handle": "cup"}},
        ]}}},
        {"data": {"products": {"nodes": [
            {"id": f"gid://shopify/Product/{KETTLE}", "handle": "red-kettle"},
            {"id": f"gid://shopify/Product/{CUP}", "handle": "cup"},
        ]}}},
        [
            {"handle": "red-kettle", "id": KETTLE, "title": "Red Kettle"},
            {"handle": "cup", "id": str(CUP), "title": None},
        ],
        "".join(f"{json.dumps({'handle': h, 'id': n})}\n" for h, n in (("red-kettle", KETTLE), ("cup", CUP))),
        {"reviews": [
            {"id": 5, "rating": 5, "product_handle": "red-kettle", "product_external_id": KETTLE},
            {"id": 6, "rating": 5, "product_handle": "cup", "product_external_id": CUP},
            {"id": 7, "rating": 5, "product_handle": "", "product_external_id": None},
        ]},
    ],
    ids=["saved products.json", "one product", "edges", "nodes", "list", "lines", "reviews"],
)  # fmt: skip
def test_json_with_handles_and_ids(tmp_path: Path, content: object) -> None:
    products = read(tmp_path, "products.json", content)
    assert (products.id_of("red-kettle"), products.id_of("cup"), len(products)) == (str(KETTLE), str(CUP), 2)


def test_handles_are_found_in_any_case_and_in_addresses(tmp_path: Path) -> None:
    products = read(tmp_path, "products.csv", f"handle,id\nRed-Kettle,{KETTLE}\ntasse-äpfel,{CUP}\n")
    assert products.id_of(" RED-kettle ") == str(KETTLE)
    assert products.id_of("https://kettles.example/products/red-kettle?variant=1") == str(KETTLE)
    assert products.id_of("https://kettles.example/products/TASSE-%C3%84pfel") == str(CUP)
    assert products.id_of("blue-kettle") is None
    assert products.id_of("https://kettles.example/pages/about") is None
    assert products.id_of("") is None
    assert Products({"Red-Kettle": "7"}).id_of("red-kettle") == "7"


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("red-kettle", "red-kettle"),
        ("https://shop/products/red-kettle?variant=1", "red-kettle"),
        ("https://shop/collections/new/products/red-kettle#reviews", "red-kettle"),
        ("http://shop/de-de/products/red-kettle/", "red-kettle"),
        ("shop.example/products/red-kettle", "red-kettle"),
        ("/products/red-kettle", "red-kettle"),
        ("https://shop/products/r%C3%A4d", "räd"),
        ("https://shop/collections/new", None),
        ("https://shop/", None),
        ("/", None),
        ("  ", None),
    ],
)
def test_the_handle_in_an_address(text: str, handle: str | None) -> None:
    assert handle_of(text) == handle


@pytest.mark.parametrize("content", [SHOPIFY, SHOPIFY_NEW], ids=["until 2024", "since"])
def test_a_products_csv_of_shopify_is_recognised_and_the_way_on_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is a products CSV of Shopify, which has no ids") as caught:
        read(tmp_path, "products_export.csv", content)
    assert "trustoo products pull SHOP --to products.json" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        f"handle,id\nred-kettle,{KETTLE}\ncup,{CUP}\nRED-KETTLE,{CUP}\n",
        f"rating,product_handle,product_id\n5,red-kettle,{KETTLE}\n5,red-kettle,{KETTLE}\n5,Red-Kettle,{CUP}\n",
    ],
)
def test_one_handle_with_two_ids_is_refused_with_both_lines(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{KETTLE} \(line 2\) and {CUP} \(line 4\)"):
        read(tmp_path, "products.csv", content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("handle,id\nred-kettle,8.1E+12\n", ":2: .*scientific notation"),
        ("handle,id\ncup,1\nred-kettle,K-1\n", ":3: id is 'K-1'"),
        ("rating,product_handle\n5,red-kettle\n", "has no handles of products with their ids"),
        ("rating,handle,id\n5,red-kettle,123\n", "has no handles of products with their ids"),
        (f"title,id\nKettle,{KETTLE}\n", "has no handles of products with their ids"),
        ('{"data": {"collections": [{"handle": "new", "id": "gid://shopify/Collection/1"}]}}', "has no handles"),
        ("", "has no handles"),
        ("[]", "has no handles"),
        ("<!DOCTYPE html><html>", "web page"),
        ('{"products": [', "not valid JSON"),
        ('{"handle": "a", "id": 1}\n{"handle": "b" "id": 2}\n', ":2: this is not valid JSON"),
    ],
)
def test_a_file_without_ids_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read(tmp_path, "products.txt", content)
    assert "products.txt" in str(caught.value)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"products\.json: No such file"):
        Products.read(tmp_path / "products.json")
