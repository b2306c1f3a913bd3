"""The codecs: commands to bytes, bytes to meanings."""
