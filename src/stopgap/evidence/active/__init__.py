"""Detection of active content: no file of a pack may run anything when it is opened."""
