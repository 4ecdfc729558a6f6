"""Pure rules and types: no clock, no disk, no network, no page."""
