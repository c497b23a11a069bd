"""From a text to proposed claims: rules and dictionaries, with a language model's reading of the sentence where there is one."""
