"""What every context stands on and no retailer has heard of: database, migrations, settings, log, jobs."""
