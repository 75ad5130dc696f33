"""Compares the real service's responses with `openapi.yaml`: reads only, slowly, and keeping shapes, never values.

    LIVE=1 python -m contract_tests.live [--rate 1] [--report report/live.json]

`docs/live.md` says what is sent, what is kept and what the findings mean.
"""
