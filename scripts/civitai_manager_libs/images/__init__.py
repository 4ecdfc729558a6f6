"""What pictures say of themselves, and what is made of them on this machine."""
