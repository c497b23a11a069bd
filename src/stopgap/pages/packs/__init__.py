"""Pages of evidence packs: received and made ones, preview, verification, comparison."""
