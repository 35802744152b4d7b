"""Operations: partners, subscriptions, what could not be delivered, the audit, conformance.

`pages` puts the parts together: `overview`, `partner_pages`, `subscription_pages`, `audit_pages`,
`conformance_page`. `access` says who may look at which, `attention` what needs somebody, `naming`
gives names for ids and words for instants, `published_rules` reads `conformance.json`.
"""
