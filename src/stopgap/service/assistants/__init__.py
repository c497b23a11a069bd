"""Tools for assistants (Model Context Protocol): read-only, with the clearance of the one who lets them ask."""

ADDRESS = "/mcp"
"""Address at which the service has the tools, and which the log of screenings names."""
