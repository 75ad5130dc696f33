"""Turns recorded traffic into vectors and examples without secrets and personal data.

    make vectors FROM=traffic.har
    make contract LIVE=1 RECORD=1

`contract_tests/vectors/README.md`, section "Recorded traffic", says what is kept and what is replaced.
"""
