"""Operations: partners, subscriptions, what could not be delivered, the audit, conformance."""
