"""Messages on the wire: field tables, the codec that reads and writes them, envelope, signature."""
