"""Encryption at rest: what is secret, or tells of a person, is not in the database in clear.

``ring`` has the keys and what they do, ``columns`` the types of columns that are sealed or hashed, ``keys`` where keys
come from, ``opening`` what a database says of the keys it was sealed under, ``rekey`` how values get new ones.
"""

import csms_reference.store  # noqa: F401 -- its tables import from here: whoever comes here first lets it begin
