"""Customs declarations and bills of lading."""
