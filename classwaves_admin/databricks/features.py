"""What Databricks SQL can do, told to Django."""

from __future__ import annotations

from django.db import InterfaceError
from django.db.backends.base.features import BaseDatabaseFeatures


class DatabaseFeatures(BaseDatabaseFeatures):
    """Every statement commits by itself; tables have no indexes and no key that is enforced."""

    # Two of our own, read by classwaves_admin.databricks.time_travel and classwaves_admin.warehouse.catalog.create.
    supports_time_travel = True
    has_indexes = False

    # transactions and definitions
    supports_transactions = False  # Django would find out with a table of its own
    uses_savepoints = False
    atomic_transactions = False
    can_rollback_ddl = False
    has_select_for_update = False
    supports_combined_alters = False

    # The server binds at most 255 parameters a statement. Django is told of no limit: lists and rows of any
    # length travel as one JSON parameter (lookups.In, compiler), and bulk_update asks `bulk_batch_size`.
    max_query_params = None

    # inserts
    can_return_columns_from_insert = True  # every value is ours, the compiler gives it back
    can_return_rows_from_bulk_insert = True
    supports_ignore_conflicts = True  # MERGE
    supports_update_conflicts = True
    supports_update_conflicts_with_target = True
    supports_default_keyword_in_insert = False
    supports_default_keyword_in_bulk_insert = False
    requires_literal_defaults = True
    supports_expression_defaults = False
    implied_column_null = True

    # constraints and indexes: keys are words for a person and the optimizer
    supports_foreign_keys = False
    can_create_inline_fk = False
    can_introspect_foreign_keys = False
    indexes_foreign_keys = False
    supports_column_check_constraints = False
    supports_table_check_constraints = False
    can_introspect_check_constraints = False
    supports_nullable_unique_constraints = False
    supports_partially_nullable_unique_constraints = False
    supports_partial_indexes = False
    supports_functions_in_partial_indexes = False
    supports_expression_indexes = False
    supports_index_column_ordering = False
    supports_index_on_text_field = False
    supports_sequence_reset = False
    supports_unlimited_charfield = True
    ignores_table_name_case = True
    can_introspect_default = False

    # SQL
    order_by_nulls_first = True
    greatest_least_ignores_nulls = True
    supports_subqueries_in_group_by = False
    supports_aggregate_filter_clause = True
    supports_over_clause = True
    supports_frame_range_fixed_distance = True
    supports_slicing_ordering_in_compound = True
    supports_temporal_subtraction = True
    supports_date_lookup_using_string = False
    # `(a, b) < (x, y)` is understood, but no file is skipped by it.
    supports_tuple_lookups = False
    supports_json_field = False  # MAP and ARRAY are types of their own: classwaves_admin.databricks.nested
    can_introspect_json_field = False
    has_json_object_function = False
    supports_collation_on_charfield = False
    supports_collation_on_textfield = False
    supports_comments = True
    supports_comments_inline = True
    has_real_datatype = True
    closed_cursor_error_class = InterfaceError  # type: ignore[assignment]  # the stubs are narrower than Django
    supported_explain_formats = {"FORMATTED", "EXTENDED", "COST", "CODEGEN"}
    introspected_field_types = {
        **BaseDatabaseFeatures.introspected_field_types,
        "AutoField": "BigIntegerField",
        "BigAutoField": "BigIntegerField",
        "SmallAutoField": "BigIntegerField",
        "CharField": "TextField",
        "DurationField": "BigIntegerField",
        "GenericIPAddressField": "TextField",
        "PositiveBigIntegerField": "BigIntegerField",
        "PositiveIntegerField": "IntegerField",
        "PositiveSmallIntegerField": "SmallIntegerField",
        "TimeField": "TextField",
    }
