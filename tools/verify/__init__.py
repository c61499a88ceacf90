"""The checklist for a real Databricks workspace: `make verify-databricks`."""
