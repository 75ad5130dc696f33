"""What the generator makes of constructs that the present spec does not have."""
