"""Several processes that are one CSMS: workers share the port, a parent looks after them and knows who is where."""
