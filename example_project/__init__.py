"""The smallest real site that runs the archive; also the demo."""
