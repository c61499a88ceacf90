"""Runs of retention: what they take, row for row, and what they had to leave."""

import django.db.models.deletion
from django.db import migrations, models

import classwaves_admin.lib.clock
import classwaves_admin.lib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0003_rights_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=classwaves_admin.lib.ids.new_id,
                        editable=False,
                        max_length=36,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("school_id", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("policy", "Rows past their days"),
                            ("child", "One student’s data"),
                            ("orphans", "Rows without what they belong to"),
                        ],
                        max_length=8,
                    ),
                ),
                ("policy_type", models.CharField(blank=True, max_length=40)),
                ("student_id", models.CharField(blank=True, max_length=64)),
                ("request_id", models.CharField(blank=True, max_length=36)),
                ("delete_before", models.DateTimeField(blank=True, null=True)),
                ("archive_before", models.DateTimeField(blank=True, null=True)),
                ("by_night", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("counting", "Being counted"),
                            ("ready", "Waits for a decision"),
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("done", "Done"),
                            ("aborted", "Stopped by itself"),
                            ("dropped", "Dropped"),
                        ],
                        default="counting",
                        max_length=8,
                    ),
                ),
                ("cursor", models.JSONField(default=dict)),
                ("numbers", models.JSONField(default=dict)),
                ("stop", models.JSONField(default=dict)),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField(default=classwaves_admin.lib.clock.now)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
                ("approved_by", models.CharField(blank=True, max_length=64)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("background_job_id", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["asked_at", "id"], name="retention_run_asked_ix"),
                    models.Index(fields=["school_id", "policy_type", "asked_at", "id"], name="retention_run_school_ix"),
                    models.Index(fields=["state"], name="retention_run_state_ix"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leftover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=80)),
                ("row_id", models.CharField(max_length=64)),
                ("code", models.CharField(max_length=20)),
                ("noted_at", models.DateTimeField(default=classwaves_admin.lib.clock.now)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="leftovers", to="retention.run"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "table", "row_id"), name="retention_leftover_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("table", models.CharField(max_length=80)),
                ("fate", models.CharField(max_length=8)),
                ("month", models.CharField(blank=True, max_length=7)),
                ("after", models.JSONField(default=list)),
                ("marks", models.JSONField(default=list)),
                ("rows", models.PositiveIntegerField()),
                ("ids_sha256", models.CharField(max_length=64)),
                ("prints", models.BinaryField(default=bytes)),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "Planned"), ("begun", "Begun"), ("done", "Done")],
                        default="planned",
                        max_length=8,
                    ),
                ),
                ("at", models.PositiveIntegerField(default=0)),
                ("trying", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                ("gone", models.PositiveIntegerField(default=0)),
                ("stayed", models.JSONField(default=dict)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="segments", to="retention.run"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "number"), name="retention_segment_number")],
            },
        ),
    ]
