"""The parts of the HTTP client: sessions, answers, failures, pace, redirects, bodies."""
