"""Trade of reporters with partners by period: levels, growth and index, from the figures in the lake."""
