"""The state of an installation and of a lake: doctor, integrity, export."""
