"""For developers: the app as a server of its own, and the pictures of the README."""
