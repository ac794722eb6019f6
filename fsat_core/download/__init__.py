"""Brings FSDKaggle2019 from Zenodo: what its record lists is downloaded, checked and unpacked."""
