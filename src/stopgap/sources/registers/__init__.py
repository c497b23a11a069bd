"""Registers of companies: dates of registration, ownership."""
