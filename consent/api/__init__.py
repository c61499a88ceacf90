"""The interface for other programs of a school, such as the classroom application (docs/gate.md)."""
