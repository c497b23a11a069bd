"""What every command shares: options, answers, output, errors, progress."""
