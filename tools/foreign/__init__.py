"""Checks that generators of other projects can read openapi.yaml. They have an environment of their own."""
