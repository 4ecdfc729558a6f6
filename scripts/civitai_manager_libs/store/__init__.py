"""What is kept on disk: the database and files written as a whole or not at all."""
