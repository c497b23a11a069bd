"""Tools for assistants (Model Context Protocol): read-only, with the clearance of the one who lets them ask."""
