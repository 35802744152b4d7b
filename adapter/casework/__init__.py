"""What people do with referrals: see where they stand, read the thread, take the next step.

The command line and the workbench share it. Everything goes through the FHIR endpoint's own service
or a server elsewhere (`adapter.fhir_client.partner.FhirServer`), so that the same rules judge it.
"""
