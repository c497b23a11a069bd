"""The engines that run stages: DuckDB on the files or on a native copy, and Spark."""
