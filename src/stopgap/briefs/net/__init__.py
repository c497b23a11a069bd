"""The net figures of a brief: words, tables, charts."""
