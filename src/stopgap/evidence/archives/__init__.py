"""Zip archives of packs: written to the byte, read within limits and with nothing left unread."""
