"""Prism as the mock server of openapi.yaml; tests use `tools.mock.server.PrismMock`."""
