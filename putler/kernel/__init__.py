"""Pure values that every app builds on: they import no app, no model and no setting."""
