"""What facts count as, computed from plain values: no database, no settings, no clock."""
