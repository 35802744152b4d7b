"""A CDS service examined: discovery, its faults, cross-origin calls, the sheets of vendors.

`pages` takes requests, `discovery` reads what a service lists, `vendor_sheets` shows the sheets
that `adapter.cds_client.vendor_sheets` writes.
"""
