"""What is known about the API as data, written without the OpenAPI spec, and compared with it."""
