"""Tests of floor 2, the ERP over HTTP."""
