"""Takes what was deleted off the disk: every engine keeps the bytes of a deleted row for a while.

step = steps.step("warehouse", tables, {}, now=now)  # again at step.again_at, with step.state
found = steps.look("warehouse", tables, step.state)

| engine | what a DELETE leaves | what takes it away |
|---|---|---|
| SQLite | free pages, the write-ahead log, words in full-text indexes | merge the index, VACUUM, truncate the log |
| PostgreSQL | the row's bytes in its page, even after VACUUM; the write-ahead log | VACUUM FULL; time for the log |
| Databricks | the file beside its deletion vector | REORG ... APPLY (PURGE), and VACUUM when its window is over |

Nobody here can look into backups, snapshots of disks or copies of a server: `look` names them.
"""
