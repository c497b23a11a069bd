"""Search from anywhere: episodes, goods, economies, statements, files, and names on lists."""
