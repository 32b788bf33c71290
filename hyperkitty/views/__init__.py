"""Pages and downloads: a gate, one selector, a template."""
