"""Django's PostgreSQL backend, with the ten schemas of the catalog as real PostgreSQL schemas.

A model's table name such as `compliance.audit_log` means the table `audit_log` in the schema `compliance`. Django
itself would make a table with a dot in its name inside `public`. Names without a dot mean what they always did.
"""
