"""The flat dialect of the pretend ERP."""
