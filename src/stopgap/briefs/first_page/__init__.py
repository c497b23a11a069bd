"""The first page of a brief: title, two sentences, plausible range, picture, and what is known and not."""
