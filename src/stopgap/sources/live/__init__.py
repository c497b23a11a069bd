"""Live services: requests in pieces, throttling and retries; each reply is kept before the next request."""
