"""What each page of the pretend ERP says and does."""
