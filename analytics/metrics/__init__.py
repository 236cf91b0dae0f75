"""Every metric, declared once: `registry.METRICS`."""
