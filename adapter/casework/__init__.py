"""What people do with referrals: see where they stand, read the thread, take the next step.

The command line and the workbench share it. Everything goes through the FHIR endpoint's own service
or a server elsewhere (`adapter.fhir_client.partner.FhirServer`), so that the same rules judge it.

- `access`: that way in; every function here is given one, or the store as a viewer;
- `board`, `rows`: referrals as a list; `referral`: everything of one of them;
- `standing`, `thread`: a referral and its thread on lines, for the command line;
- `history`, `progress`: what happened, and how far it came, for a page;
- `steps`, `closing`, `allowing`: taking a step, closing with an outcome, what would be refused;
- `beginning`, `intake`, `evidence`: sending a referral, by hand or from a chart;
- `wording`, `member`, `populations`: statuses, people and populations in words.

It knows no pages: no request, no template, no Flask.
"""
