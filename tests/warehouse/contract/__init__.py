"""What the portal asks of a warehouse, asked of SQLite, PostgreSQL and Spark alike.

Each test runs on every engine at hand. Where engines differ, `differences.py` says how and why, and the test asserts
the difference: none is skipped. `tests/architecture/test_contract.py` fails where the product begins to use a queryset
method, lookup or expression that no test here names.
"""
