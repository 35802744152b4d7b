"""FHIR R4 bytes → `eligibility.facts.MemberFacts` (input contract, sections 2 and 5).

`bundle.read_member` is the door. Every resource type has its module, which holds the elements it
reads, what it needs fetched (`REQUIREMENTS`) and how they become facts.
"""
