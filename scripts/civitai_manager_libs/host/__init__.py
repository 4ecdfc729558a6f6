"""Where the program runs and what that place offers."""
