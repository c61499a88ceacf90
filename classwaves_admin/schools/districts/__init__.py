"""Districts: what `admin.districts` says of them, and which schools they have."""
