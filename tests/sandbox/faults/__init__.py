"""Bad days of the pretend ERP."""
