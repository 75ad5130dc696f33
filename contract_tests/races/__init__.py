"""Races of several processes for what a store shares. `make races` writes the tables of docs/scaling.md."""
