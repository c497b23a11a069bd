"""Pages of the service: each address asks the lake as the signed-in person and draws what ``stopgap.pages`` made."""
