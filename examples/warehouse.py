"""Keep the reviews, orders, customer events and ratings of a shop up to date in a database or warehouse.

Run this program every night, such as from cron, with TRUSTOO_PUBLIC_TOKEN and TRUSTOO_PRIVATE_TOKEN in its environment:

    python examples/warehouse.py           adds what is new
    python examples/warehouse.py full      also finds what was changed and deleted

It writes to the DuckDB file trustoo.duckdb in the directory of its first run. DESTINATION is the name of another
destination of dlt, such as postgres or bigquery. docs/warehouse.md says where its credentials belong. If a run is
killed, the next run loads what is missing. Start only one run at a time.
"""

import os
import sys

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # or dlt sends usage data to its vendor

import dlt
from trustoo import Trustoo
from trustoo.dlt import Mode, counts, source

TABLES = ("reviews", "orders", "customer_events", "ratings")
"""Leave out the tables for which your credentials have no scope."""
WITHOUT = ("author_email", "author_phone")
"""Personal data that the analysis does not need."""


def load(shop: Trustoo, mode: Mode) -> None:
    """Load the tables, and print the numbers of rows that were new, changed and gone."""
    pipeline = dlt.pipeline("trustoo", destination=os.environ.get("DESTINATION", "duckdb"), dataset_name="shop")
    if pipeline.has_pending_data:
        pipeline.run()  # what a killed run has read
    pipeline.run(source(shop, mode=mode, without=WITHOUT).with_resources(*TABLES))
    for table, numbers in counts(pipeline).items():
        print(table, *(f"{number} {kind}" for kind, number in numbers.items()))


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["full"]):
        sys.exit(f"Unknown arguments: {' '.join(sys.argv[1:])}. Give nothing, or full.")
    with Trustoo() as client:
        load(client, "full" if sys.argv[1:] else "new")
