"""What a client can do, a class for each kind of thing. Methods are named after what the site does."""
