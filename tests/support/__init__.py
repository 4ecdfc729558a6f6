"""What the tests share: fixtures, and the rule about skipping."""
