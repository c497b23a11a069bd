"""Formats of a brief: HTML, PDF, workbook, Markdown."""
