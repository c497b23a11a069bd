"""Pages on companies: names and files screened, decisions, listed entities, who owns whom, the log of screenings."""
