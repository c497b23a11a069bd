"""Quality of the lake's figures: what was reported, how far two reports agree, which rows are unlike the others."""
