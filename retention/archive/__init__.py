"""The archive: rows leave the catalog for Parquet files in private storage, and their turn to go comes there.

kept = keep(rows=rows, rule=rule, run_id=run.id, school_id=school_id, number=segment.number, month="2025-03", now=now)
# Only rows whose ids are in `kept.ids` may leave the catalog.

One file holds rows of one table, school and month. It is read back and compared before anything leaves, has its
manifest beside it, and is a row of `ArchiveFile`; a file without such a row is what a dead process left, and is swept.
"""
