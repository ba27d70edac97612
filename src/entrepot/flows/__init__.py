"""Processes across contexts: intake, postings to the stock book, replay."""
