"""Rules: relations between an actor and a target, one file a kind of trigger."""
