"""What goes into a bundle as it is: it needs nothing of this program."""
