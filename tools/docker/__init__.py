"""The mock server, `compose.yaml` and the contract workflow on a real docker engine: `make test-docker`."""
