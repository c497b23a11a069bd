"""Files that do something when they are opened: none of them is in a pack, whoever signed it."""
