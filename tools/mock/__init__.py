"""Prism as the mock server of openapi.yaml. Tests use `tools.mock.server.PrismMock`."""
