"""What a run computes: its configuration, and the recipes that it starts from. Imports no Keras."""
