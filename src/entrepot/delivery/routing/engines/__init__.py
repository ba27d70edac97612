"""What can plan routes, behind one interface."""
