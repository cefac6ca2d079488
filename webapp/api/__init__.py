"""The REST API: everything the pages do, for programs. Operations parse, call the pages' services, answer."""
