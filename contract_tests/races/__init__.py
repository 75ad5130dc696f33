"""Races of several processes for what a store shares. `make races` runs them, and writes the tables of docs/scaling.md."""
