"""The only place that strings layers together; the command line and the Python API call it."""
