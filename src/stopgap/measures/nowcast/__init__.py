"""The symmetric ratio by month, from reporters that are early, and how far such nowcasts were off."""
