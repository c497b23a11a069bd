"""What stands before every request: hosts, sign-in, limits, headers, origin."""
