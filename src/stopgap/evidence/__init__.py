"""Evidence for partners: markings, disclosure control, signed packs, keys and exchange formats."""
