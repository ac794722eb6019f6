"""Tests. A package, since processes of tests would otherwise find those of an installed package."""
