"""What stops by itself, and what lets it go on."""
