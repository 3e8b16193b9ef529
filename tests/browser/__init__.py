"""What only a browser can tell: pages as they are seen, read aloud, tabbed through, and used without scripts."""
